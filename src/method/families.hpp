/// The methods, one file each; the registry in `method.cpp` lists them.
#pragma once

#include "flatgrid/method/method.hpp"

namespace flatgrid {

Method teacher_method();
Method gradient_descent_method();
Method lazy_method();
Method random_features_method();

}  // namespace flatgrid
