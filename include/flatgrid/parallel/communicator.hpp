// SPDX-License-Identifier: MIT
/// A group of MPI ranks and the few collective operations flatgrid needs.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace flatgrid::parallel {

/// Throws Error naming the MPI function and MPI's reason unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* function);

/// A value that stands for a group of ranks; copies stand for the same group. Does not own the
/// MPI_Comm. Members marked collective are called by all ranks in the same order. Throws Error when
/// MPI fails.
class Communicator {
 public:
  explicit Communicator(MPI_Comm communicator);
  /// All ranks of the program.
  static Communicator world() { return Communicator(MPI_COMM_WORLD); }

  [[nodiscard]] MPI_Comm handle() const { return communicator_; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  /// Rank 0, which reads the input, creates the file and speaks to the user.
  [[nodiscard]] bool is_root() const { return rank_ == 0; }

  /// Gives every rank the value of rank `from`; containers are resized. Collective.
  void broadcast(std::string& text, int from = 0) const { broadcast_container(text, from); }
  template <class T>
  void broadcast(std::vector<T>& values, int from = 0) const {
    broadcast_container(values, from);
  }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void broadcast(T& value, int from = 0) const { broadcast_bytes(&value, sizeof value, from); }

  /// The least and the largest of the ranks' values, on every rank. Collective.
  [[nodiscard]] int minimum(int value) const;
  [[nodiscard]] int maximum(int value) const;

  /// Lets MPI answer other ranks' one-sided operations on this rank. Where the network cannot do so
  /// by itself (TCP), a rank that computes must call this every few milliseconds. Costs about as
  /// much as a function call when there is nothing to do.
  void make_progress() const;

 private:
  template <class Container>
  void broadcast_container(Container& container, int from) const {
    static_assert(std::is_trivially_copyable_v<typename Container::value_type>);
    std::uint64_t size = container.size();
    broadcast_bytes(&size, sizeof size, from);
    container.resize(size);
    broadcast_bytes(container.data(), size * sizeof(typename Container::value_type), from);
  }
  void broadcast_bytes(void* data, std::size_t bytes, int from) const;

  MPI_Comm communicator_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace flatgrid::parallel
