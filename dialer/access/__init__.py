"""How somebody proves who they are: passwords by argon2, and a provider of identities by OpenID Connect.

Knows the core's words, argon2 and OpenID Connect, and nothing of accounts' rules, routes or the database.
"""
