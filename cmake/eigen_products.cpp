// SPDX-License-Identifier: MIT
#define FLATGRID_PRODUCTS_ARE  // here
#include "eigen_products.hpp"
