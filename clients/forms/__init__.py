"""The forms of a client's pages: its facts, its secrets, its life. They ask; `clients.rules` judges."""
