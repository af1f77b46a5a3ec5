"""PRM's own Postgres and Valkey, and the demo: started from wheels, without root, ports or Docker.

Standard library only. A data folder (``.prm/demo``, ``.prm/test`` or below ``PRM_HOME``) has one
holder at a time, kept by a lock; whatever died or was killed there is found again and healed.
"""
