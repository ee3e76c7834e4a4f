"""The helper for APIs (R58): each way in is held to the same answers, against the running server."""
