"""Finding lanes: where they are and where they run, without being told anything."""
