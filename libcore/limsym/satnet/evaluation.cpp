#include "limsym/satnet/evaluation.hpp"

#include <cmath>

#include "limsym/base/parallel.hpp"
#include "limsym/satnet/loss.hpp"

namespace limsym::satnet {

double Evaluation::board_accuracy() const {
    return records == 0 ? 0.0 : static_cast<double>(board_correct) / static_cast<double>(records);
}

std::optional<double> Evaluation::cell_accuracy() const {
    if (cells == 0) return std::nullopt;
    return static_cast<double>(cell_correct) / static_cast<double>(cells);
}

std::pair<double, double> wilson_interval(std::size_t successes, std::size_t count) {
    constexpr double z = 1.959963984540054;
    const auto n = static_cast<double>(count);
    const double p = static_cast<double>(successes) / n;
    const double middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    const double half = z / (1.0 + z * z / n) * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
    return {successes == 0 ? 0.0 : middle - half, successes == count ? 1.0 : middle + half};
}

BoardScore score(const std::vector<std::size_t>& cells, const Assignment& record, const std::vector<double>& rounded) {
    BoardScore result;
    const auto add = [&](std::size_t begin, std::size_t end) {
        bool counts = false;
        bool right = true;
        for (std::size_t i = begin; i < end; ++i) {
            if (is_unknown(record.y[i])) continue;
            counts = counts || is_unknown(record.x[i]);
            right = right && rounded[i] == record.y[i];
        }
        result.board = result.board && right;
        if (!counts) return;
        ++result.cells;
        if (right) ++result.correct;
    };
    if (cells.empty()) {
        for (std::size_t i = 0; i < record.y.size(); ++i)
            add(i, i + 1);
        return result;
    }
    std::size_t begin = 0;
    for (const std::size_t size : cells) {
        add(begin, begin + size);
        begin += size;
    }
    return result;
}

Evaluation evaluate(const Model& model, const std::vector<Assignment>& records, const CompletionOptions& options,
                    const base::Monitor& monitor) {
    Completer completer(model, options);
    std::vector<Completion> completions(records.size());
    base::parallel_for(
        records.size(), [&](std::size_t r) { completions[r] = completer.complete(records[r].x, r); }, monitor,
        "boards");
    Evaluation result;
    result.records = records.size();
    double loss = 0.0;
    double iters = 0.0;
    std::size_t scored = 0;
    for (std::size_t r = 0; r < records.size(); ++r) {
        const Completion& completion = completions[r];
        const BoardScore board = score(model.cells, records[r], completion.x);
        result.board_correct += board.board ? 1 : 0;
        result.cells += board.cells;
        result.cell_correct += board.correct;
        if (completion.violations) result.valid = result.valid.value_or(0) + (*completion.violations == 0.0 ? 1U : 0U);
        if (!completion.converged) ++result.unconverged;
        iters += static_cast<double>(completion.iters);
        for (std::size_t i = 0; i < records[r].y.size(); ++i) {
            if (is_unknown(records[r].y[i])) continue;
            ++scored;
            loss += cross_entropy(records[r].y[i] == 1.0 ? completion.z[i] : 1.0 - completion.z[i]);
        }
    }
    result.loss = scored == 0 ? 0.0 : loss / static_cast<double>(scored);
    result.iters_mean = records.empty() ? 0.0 : iters / static_cast<double>(records.size());
    return result;
}

} // namespace limsym::satnet
