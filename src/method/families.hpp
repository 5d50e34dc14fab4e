/// The methods, one file each; the registry in `method.cpp` lists them.
#pragma once

#include "flatgrid/method/method.hpp"

namespace flatgrid {

Method teacher_method();
Method gradient_descent_method();
Method sgd_method();
Method label_noise_sgd_method();
Method sam_method();
Method lazy_method();
Method random_features_method();
Method memorizer_method();
Method corrupted_method();
Method flattest_method();
Method approximation_method();

}  // namespace flatgrid
