// SPDX-License-Identifier: MIT
/// The inner loops of Eigen's products of doubles, half of what a file that multiplies matrices takes to
/// compile: with precompiled headers they are compiled once, in eigen_products.cpp. The names are
/// those of Eigen 3.4; nothing but the time a build takes depends on them.
#pragma once

#include <Eigen/Dense>

#ifndef FLATGRID_PRODUCTS_ARE
#define FLATGRID_PRODUCTS_ARE extern  // compiled elsewhere
#endif

namespace flatgrid::products {

using Traits = Eigen::internal::gebp_traits<double, double>;
using Columns = Eigen::internal::const_blas_data_mapper<double, Eigen::Index, Eigen::ColMajor>;
using Rows = Eigen::internal::const_blas_data_mapper<double, Eigen::Index, Eigen::RowMajor>;
using Result =
    Eigen::internal::blas_data_mapper<double, Eigen::Index, Eigen::ColMajor, Eigen::Unaligned, 1>;

}  // namespace flatgrid::products

FLATGRID_PRODUCTS_ARE template struct Eigen::internal::gebp_kernel<
    double, double, Eigen::Index, flatgrid::products::Result, flatgrid::products::Traits::mr,
    flatgrid::products::Traits::nr, false, false>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::gemm_pack_lhs<
    double, Eigen::Index, flatgrid::products::Columns, flatgrid::products::Traits::mr,
    flatgrid::products::Traits::LhsProgress, flatgrid::products::Traits::LhsPacket4Packing,
    Eigen::ColMajor>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::gemm_pack_lhs<
    double, Eigen::Index, flatgrid::products::Rows, flatgrid::products::Traits::mr,
    flatgrid::products::Traits::LhsProgress, flatgrid::products::Traits::LhsPacket4Packing,
    Eigen::RowMajor>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::gemm_pack_rhs<
    double, Eigen::Index, flatgrid::products::Columns, flatgrid::products::Traits::nr,
    Eigen::ColMajor>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::gemm_pack_rhs<
    double, Eigen::Index, flatgrid::products::Rows, flatgrid::products::Traits::nr,
    Eigen::RowMajor>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_vector_product<
    Eigen::Index, double, flatgrid::products::Columns, Eigen::ColMajor, false, double,
    flatgrid::products::Columns, false>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_vector_product<
    Eigen::Index, double, flatgrid::products::Columns, Eigen::ColMajor, false, double,
    flatgrid::products::Rows, false>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_vector_product<
    Eigen::Index, double, flatgrid::products::Rows, Eigen::RowMajor, false, double,
    flatgrid::products::Columns, false>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_vector_product<
    Eigen::Index, double, flatgrid::products::Rows, Eigen::RowMajor, false, double,
    flatgrid::products::Rows, false>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_matrix_product<
    Eigen::Index, double, Eigen::ColMajor, false, double, Eigen::ColMajor, false, Eigen::ColMajor, 1>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_matrix_product<
    Eigen::Index, double, Eigen::ColMajor, false, double, Eigen::RowMajor, false, Eigen::ColMajor, 1>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_matrix_product<
    Eigen::Index, double, Eigen::RowMajor, false, double, Eigen::ColMajor, false, Eigen::ColMajor, 1>;
FLATGRID_PRODUCTS_ARE template struct Eigen::internal::general_matrix_matrix_product<
    Eigen::Index, double, Eigen::RowMajor, false, double, Eigen::RowMajor, false, Eigen::ColMajor, 1>;
