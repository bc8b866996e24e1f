"""From a request of one of the doors to finished products.

The command line and the build backend call the functions of this package;
each follows the data once down the layers and returns what was made.
"""
