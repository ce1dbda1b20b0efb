// Records of partial assignments, limsym/assignment@1, in every form in which they come.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "limsym/data/format.hpp"
#include "limsym/data/json.hpp"
#include "limsym/satnet/problem.hpp"

namespace limsym::satnet {

struct Assignment {
    data::Json id;            ///< a string or a number; the 0-based number of the record when none was given
    std::vector<double> x;    ///< [n] in [0, 1], NaN unknown
    std::vector<double> y;    ///< [n] 0 or 1, NaN not scored; empty: no answer was given
    data::Json document = {}; ///< the record as it came, where AssignmentOptions::keep_documents; null for other forms

    [[nodiscard]] bool operator==(const Assignment&) const = default;
};

struct AssignmentOptions {
    data::Source source;
    std::optional<Problem> problem;       ///< its text form is read, and n comes from it
    std::optional<std::size_t> variables; ///< n, where a model fixes it
    std::vector<std::size_t> cells;       ///< one-hot groups: two 1s in one are refused; empty: none
    std::optional<data::Source> labels;   ///< y in a file of its own (CSV, npy)
    bool zero_unknown = false;            ///< a cell of zeros in x is unknown
    bool pairs = false;                   ///< CSV and npy without labels: an even number of columns is x then y
    bool lines = false;                   ///< --from line
    Facelets facelets = Facelets::limsym;
    bool keep_documents = false; ///< records keep their JSON, with keys that are not known
};

/// Reads records one after another; memory is bounded by one record for line-based forms.
class AssignmentReader {
public:
    explicit AssignmentReader(const AssignmentOptions& options);
    AssignmentReader(AssignmentReader&&) noexcept;
    ~AssignmentReader();
    /// False at the end. @throws InputError "FILE:LINE: ..." on what cannot be
    [[nodiscard]] bool next(Assignment& record);
    /// True when the next record can be had without waiting for input.
    [[nodiscard]] bool ready() const;
    /// "FILE:LINE" of the record that next() gave ("FILE: row 3" for arrays).
    [[nodiscard]] std::string place() const;
    /// n, as known from the options or the first record; 0 before.
    [[nodiscard]] std::size_t variables() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// All records of a source. @throws InputError "FILE: no records" when there are none
[[nodiscard]] std::vector<Assignment> read_assignments(const AssignmentOptions& options);

/// Variables (from 1) whose known 0/1 value differs from the y of the same record.
[[nodiscard]] std::size_t contradictions(const Assignment& record);

/// Sizes, ids, values: what a checkpoint is bound to.
[[nodiscard]] std::string assignments_sha256(const std::vector<Assignment>& records);

} // namespace limsym::satnet
