"""How the app starts: settings, the composition root, the web server, the command line, logging. The only place that knows every other."""
