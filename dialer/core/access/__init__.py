"""Who may do what in this service, and how they prove who they are; decided here, performed on floor 3."""
