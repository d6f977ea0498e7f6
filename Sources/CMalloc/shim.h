// The GNU C library's settings of its allocator, which Swift's overlay leaves out.
#include <malloc.h>
