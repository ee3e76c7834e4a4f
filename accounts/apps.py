from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; signing in and out is recorded."""
        from accounts import after_migrating, authentication_time, shipped, sign_in_events
        from accounts.api import schemas as api_schemas
        from accounts.my_account import SECTIONS
        from accounts.rest import refusals, repeating, schemas
        from accounts.second_factors import events
        from accounts.second_factors import keeping as second_factors
        from accounts.sessions import keeping
        from accounts.upstream import section as upstream
        from audit import searching
        from audit.maintenance_jobs import JOBS, Job
        from audit.presenting import SUBJECT_PAGES

        sign_in_events.connect()
        events.connect()
        keeping.connect()
        authentication_time.connect()
        SUBJECT_PAGES["user"] = "people_person"
        SUBJECT_PAGES["group"] = "group_overview"
        refusals.TRANSLATIONS.extend(refusals.OWN)
        schemas.add(api_schemas.schemas())
        SECTIONS.append(second_factors.section)
        SECTIONS.append(upstream.section)
        SECTIONS.append(keeping.section)
        JOBS.append(Job("forget sessions that have ended", 600, keeping.purge))
        JOBS.append(Job("forget answers to repeated requests", 600, repeating.purge))
        after_migrating.put_in_place(searching.INDEX.put_in_place, sender=self)
        after_migrating.put_in_place(shipped.put_in_place, sender=self)
