"""Load the table of runs, also when only the tests in here are called."""


def pytest_configure(config):
    config.pluginmanager.import_plugin("tests.notebooks.report")
