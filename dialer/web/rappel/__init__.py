"""The public page: where anybody asks to be called back, and sees, moves or cancels what they asked for.

Nobody signs in here. What keeps it usable is a proof of work, a field that only programs fill in, and a limit for each
address; what opens a request again is its secret link. Nothing that a person wrote here is ever logged.
"""
