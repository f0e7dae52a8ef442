"""What the app and the command line call: measuring a film, evaluating a model, keeping results."""
