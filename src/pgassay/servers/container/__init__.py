"""Scratch servers in containers: the engine, the image, the start, and what shows later that a container is ours.

`docker` and `testcontainers` are imported inside the functions: nobody else shall feel them.
"""
