"""Profile `tools`: one Kestra with its PostgreSQL, names as in the tools stack it replaces."""

project_name = "tools-kestra"
container_name = "tools-kestra"
postgres_container_name = "tools-kestra-postgres"
network = "tradingsystem_backend"
