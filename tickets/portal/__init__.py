"""/help/<language>/requests/: customers see their own requests, signed in by a mailed link."""
