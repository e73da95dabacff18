"""What is seen: the API, the pages in French and their live streams, health and metrics, on aiohttp.

Knows the running service only as a `floor.Floor`, and of the core its words and views; never Asterisk, the database or
the runner.
"""
