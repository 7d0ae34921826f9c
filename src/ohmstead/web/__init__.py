"""The HTTP and WebSocket API of a site, and the app's files. Only here the web framework is known.

In: a :class:`~ohmstead.web.house.House` and the accounts. Out: JSON as ``docs/api.md`` tells it. Nothing is
imported here, so that naming the room costs nothing: take ``create_app`` and ``serve`` from their modules.
"""
