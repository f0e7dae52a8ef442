"""The evaluation dashboard: views of the result store. Nothing here runs a network or knows a model by its name."""
