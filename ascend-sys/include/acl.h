/* What bindgen reads. */
#include "acl_types.h"
#include "acl_functions.h"
