"""The whole desk on real input: five files, two thousand questions over HTTP, days of promises, every mail counted."""
