"""The configuration: what an operator edits under `config/`, read whole or refused with every fault at once.

Decides what may be written and what is missing; hands the desk its Rules and the effects their settings. Must not know
Asterisk's files, the database or the screens. The entrance is `load.read_configuration`.
"""
