"""The browsers in which somebody is signed in: noted at sign-in, shown to them, and ended one by one or all at once."""
