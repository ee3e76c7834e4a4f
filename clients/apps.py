from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        """Owners' rights and duties come into force; `migrate` puts shipped clients in place; old ones are purged."""
        from accounts import after_migrating, owning, people, usernames
        from accounts.my_account import SECTIONS
        from accounts.rest import refusals, schemas
        from audit.maintenance_jobs import JOBS, Job
        from audit.presenting import SUBJECT_PAGES
        from clients import access, own_clients, ownership, person_panels, shipped, writing
        from clients.api import meanings
        from clients.api import schemas as api_schemas
        from clients.bulk import runs
        from clients.documents import importing
        from clients.life import purging
        from clients.listing import keeping
        from clients.listing.search_index import INDEX

        access.declare()
        people.BEFORE_DEACTIVATION.append(ownership.hand_over_first)
        owning.OWNED.append(ownership.OWNED)
        owning.PANELS.append(person_panels.panel)
        SECTIONS.append(own_clients.section)
        usernames.ALSO_TAKEN_BY.append(ownership.client_of_this_name)
        writing.AFTER_CHANGE.append(keeping.bring_up_to_date)
        JOBS.append(Job("judge clients anew", 60, keeping.Round().go_on))
        JOBS.append(Job("purge deleted clients", 3600, purging.purge_deleted))
        JOBS.append(Job("forget imports that nobody finished", 600, importing.purge))
        JOBS.append(Job("purge bulk runs", 3600, runs.purge))
        schemas.add(api_schemas.schemas())
        refusals.TRANSLATIONS.extend(meanings.TRANSLATIONS)
        SUBJECT_PAGES["client"] = "client_overview"
        after_migrating.put_in_place(shipped.put_in_place, sender=self)
        after_migrating.put_in_place(INDEX.put_in_place, sender=self)
