// SPDX-License-Identifier: MIT
#include "flatgrid/random/stream.hpp"

#include <Random123/boxmuller.hpp>
#include <Random123/philox.h>
#include <Random123/uniform.hpp>

namespace flatgrid::random {

Stream::Stream(std::int64_t seed, Purpose purpose, std::uint64_t index)
    : seed_(static_cast<std::uint64_t>(seed)),
      purpose_(static_cast<std::uint64_t>(purpose)),
      index_(index) {}

Stream Stream::branch(std::uint64_t number) const {
  Stream other(static_cast<std::int64_t>(seed_), static_cast<Purpose>(purpose_), index_);
  other.branch_ = number;
  return other;
}

std::uint64_t Stream::word() {
  if (used_ == words_.size()) {
    const r123::Philox4x64::ctr_type counter = {{index_, block_++, branch_, 0}};
    const r123::Philox4x64::key_type key = {{seed_, purpose_}};
    const r123::Philox4x64::ctr_type output = r123::Philox4x64{}(counter, key);
    words_ = {output[0], output[1], output[2], output[3]};
    used_ = 0;
  }
  return words_[used_++];
}

double Stream::uniform() { return r123::u01fixedpt<double>(word()); }

double Stream::normal() {
  if (second_normal_) {
    const double value = *second_normal_;
    second_normal_.reset();
    return value;
  }
  const std::uint64_t angle = word();
  const std::uint64_t radius = word();
  const r123::double2 pair = r123::boxmuller(angle, radius);
  second_normal_ = pair.y;
  return pair.x;
}

double Stream::sign() { return (word() >> 63) == 0 ? 1.0 : -1.0; }

void fill_normal(Stream& stream, Eigen::Ref<VectorD> values) {
  for (double& value : values) value = stream.normal();
}

}  // namespace flatgrid::random
