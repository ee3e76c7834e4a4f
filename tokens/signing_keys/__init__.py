"""The keys that sign JWTs (RFC 7517): made, published ahead of use, rotated, retired; their private part sealed.

`pairs` makes one, `sealed` encrypts it, `rotation` decides which one signs, `tending` when, `ring` is what a worker
holds.
What is signed with them stands elsewhere (`tokens.id_tokens`, `tokens.formats`).
"""
