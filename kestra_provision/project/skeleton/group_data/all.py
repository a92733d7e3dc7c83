"""Settings for all of your hosts. What is not set here keeps its default, upgrades included.

Every setting with its default and meaning:  kestra-provision settings
What is in force, and where it comes from:   kestra-provision config

Settings for some hosts stand in group_data/GROUP.py, for one host beside its name in inventory/.
"""

# http_port = 8080
