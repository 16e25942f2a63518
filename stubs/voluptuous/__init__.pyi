# Home Assistant puts probatio in voluptuous' place at run time and types its own
# functions with it. The real voluptuous, still installed beside it, would not fit.
from probatio import *
from probatio import humanize as humanize
