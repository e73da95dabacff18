"""Being rung back as promised: requests and who may make them, the legal clock, the rules of dialling, each attempt."""
