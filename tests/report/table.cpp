// SPDX-License-Identifier: MIT
#include "flatgrid/report/table.hpp"

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/rows.hpp"
#include "results/example.hpp"

using namespace flatgrid;
using Catch::Contains;

namespace {

/// What an algorithm ends with on the first seed; on the second all is ten times as flat.
struct Ending {
  std::string algorithm;
  Status status;
  double orbit_min;
  double trace;
};

/// A results file with these endings.
class Results {
 public:
  explicit Results(const std::vector<Ending>& endings) {
    std::string algorithms;
    for (const Ending& ending : endings)
      algorithms += (algorithms.empty() ? "" : ", ") + ending.algorithm;
    std::istringstream text(
        "[grid]\nalgorithm = " + algorithms +
        "\nsamples = 6\nnoise = 0\nwidth = 8\nseed = 0, 1\n[problem]\n"
        "dimension = 2\nindices = 1\n[output]\nhistory = 0\nnetworks = false\n");
    const Configuration configuration = parse_configuration(text, "test");
    create_results_file(file_, configuration);
    const hdf5::Properties access = hdf5::access_properties();
    const hdf5::File opened(H5Fopen(file_.c_str(), H5F_ACC_RDWR, access));
    Rows rows(opened, file_, configuration);
    for (std::size_t row = 0; row < endings.size(); ++row) {
      for (const std::int64_t seed : {0, 1}) {
        PointResult result;
        result.record.status = endings[row].status;
        result.record.flatness_orbit_min = endings[row].orbit_min * (seed == 0 ? 1 : 0.1);
        result.record.flatness_trace = endings[row].trace * (seed == 0 ? 1 : 0.1);
        rows.write({static_cast<std::int64_t>(row), 0, 0, 0, seed}, result);
      }
    }
  }

  [[nodiscard]] Summary summary() const { return summarize(ResultsReader(file_)); }
  [[nodiscard]] std::string table() const {
    std::ostringstream stream;
    print_result_table(stream, ResultsReader(file_));
    return stream.str();
  }

 private:
  example::Folder folder_;
  std::filesystem::path file_ = folder_ / "results.h5";
};

}  // namespace

TEST_CASE("flatness is relative to the flattest on the same data", "[report]") {
  const Results results({{"teacher", Status::not_interpolating, 6, 6},
                         {"lazy", Status::done, 20, 30},
                         {"flattest", Status::done, 5, 5}});
  const Summary summary = results.summary();
  CHECK(summary.reference == "flattest");
  REQUIRE(summary.rows.size() == 3);
  CHECK(summary.rows[0].algorithm == "flattest");
  CHECK(summary.rows[0].orbit_min == 1);
  CHECK(summary.rows[1].algorithm == "teacher");
  CHECK(summary.rows[1].orbit_min == Approx(1.2));
  CHECK(summary.rows[2].algorithm == "lazy");
  CHECK(summary.rows[2].orbit_min == Approx(4));
  CHECK(summary.rows[2].trace == Approx(6));
  CHECK(summary.rows[2].interpolating == 2);
  CHECK_THAT(results.table(), Contains("/ flattest's"));
}

TEST_CASE("a flattest that does not interpolate is no reference", "[report]") {
  const Results results(
      {{"lazy", Status::done, 20, 30}, {"flattest", Status::not_interpolating, 5, 5}});
  for (const AlgorithmSummary& row : results.summary().rows) CHECK(std::isnan(row.orbit_min));
  CHECK_THAT(results.table(), Contains("0/2"));
}

TEST_CASE("without a flattest the teacher is the reference, though its labels be noisy",
          "[report]") {
  const Results results(
      {{"lazy", Status::done, 20, 30}, {"teacher", Status::not_interpolating, 5, 10}});
  const Summary summary = results.summary();
  CHECK(summary.reference == "teacher");
  REQUIRE(summary.rows.size() == 2);
  CHECK(summary.rows[1].orbit_min == Approx(4));
  CHECK(summary.rows[1].trace == Approx(3));
  CHECK_THAT(results.table(), Contains("/ teacher's"));
}

TEST_CASE("without either, flatness is as it is", "[report]") {
  const Results results({{"lazy", Status::done, 20, 30}});
  const Summary summary = results.summary();
  CHECK(summary.reference.empty());
  CHECK(summary.rows.at(0).orbit_min == Approx(11));
  CHECK_THAT(results.table(), !Contains("'s"));
}
