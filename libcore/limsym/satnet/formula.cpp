#include "limsym/satnet/formula.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::satnet {

namespace {

constexpr double largest_sum = 0x1p63;
constexpr std::int64_t most_variables = 1'000'000'000;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(" \t", at)) != std::string_view::npos) {
        const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

class FormulaReader {
public:
    FormulaReader(const std::string& file, const base::Monitor& monitor)
        : file_(file), monitor_(monitor), lines_(base::InputFile(file)) {}

    Formula read() {
        std::string_view line;
        while (lines_.next(line)) {
            const std::vector<std::string_view> words = words_of(line);
            if (words.empty() || words[0] == "%") continue;
            if (words[0].front() == 'c' && words[0].size() == 1) {
                comment(words);
            } else if (words[0] == "p") {
                problem_line(words);
            } else {
                for (std::size_t i = 0; i < words.size(); ++i)
                    word(words[i], i + 1 == words.size());
                if (form_ == Form::modern && in_clause_) fail("the clause does not end with 0");
            }
        }
        if (in_clause_) fail("the last clause does not end with 0");
        return finish();
    }

private:
    enum class Form { undecided, cnf, weighted, modern };

    [[noreturn]] void fail(const std::string& message) const {
        throw base::InputError(base::at_line(file_, lines_.line()), message);
    }

    void comment(const std::vector<std::string_view>& words) {
        if (words.size() != 3 || words[1] != "scale") return;
        const std::optional<double> scale = base::parse_number(words[2]);
        if (!scale || !(*scale > 0.0)) fail("scale '" + base::quoted(words[2]) + "'; expected a number > 0");
        scale_ = *scale;
    }

    void problem_line(const std::vector<std::string_view>& words) {
        if (form_ != Form::undecided) fail("a p line among the clauses; expected one, before them");
        const bool weighted = words.size() >= 2 && words[1] == "wcnf";
        if (words.size() < 4 || (words[1] != "cnf" && !weighted) || words.size() > (weighted ? 5U : 4U))
            fail("a p line that is not 'p cnf VARIABLES CLAUSES' or 'p wcnf VARIABLES CLAUSES [TOP]'");
        form_ = weighted ? Form::weighted : Form::cnf;
        const auto variables = base::parse_integer(words[2]);
        const auto clauses = base::parse_integer(words[3]);
        if (!variables || *variables < 1 || *variables > most_variables || !clauses || *clauses < 0)
            fail("a p line with '" + base::quoted(words[2]) + "' variables and '" + base::quoted(words[3]) +
                 "' clauses; expected whole numbers, of variables at least 1");
        formula_.variables = static_cast<std::size_t>(*variables);
        if (words.size() == 5) {
            top_ = base::parse_number(words[4]);
            if (!top_ || !(*top_ > 0.0)) fail("top '" + base::quoted(words[4]) + "'; expected a number > 0");
        }
    }

    void word(std::string_view text, bool last) {
        if (form_ == Form::undecided) form_ = Form::modern;
        if (!in_clause_) {
            in_clause_ = true;
            literals_.clear();
            hard_ = false;
            weight_ = 1.0;
            if (form_ != Form::cnf) {
                weight(text);
                return;
            }
        }
        const std::optional<std::int64_t> literal = base::parse_integer(text);
        if (!literal) fail("'" + base::quoted(text) + "' is no literal; expected a whole number");
        if (*literal == 0) {
            if (!last && form_ != Form::cnf) fail("literal 0 inside a clause; expected 0 at its end only");
            in_clause_ = false;
            end_clause();
            return;
        }
        const std::int64_t variable = *literal < 0 ? -*literal : *literal;
        if (form_ == Form::modern) {
            if (variable > most_variables) fail("variable " + std::to_string(variable) + " is too large");
            formula_.variables = std::max(formula_.variables, static_cast<std::size_t>(variable));
        } else if (static_cast<std::size_t>(variable) > formula_.variables) {
            fail("variable " + std::to_string(variable) + "; the p line says " + std::to_string(formula_.variables));
        }
        literals_.push_back(*literal);
    }

    void weight(std::string_view text) {
        if (form_ == Form::modern && text == "h") {
            hard_ = true;
            return;
        }
        const std::optional<double> value = base::parse_number(text);
        if (!value || !(*value > 0.0)) fail("weight '" + base::quoted(text) + "'; expected a number > 0");
        if (*value >= largest_sum) fail("weight " + base::quoted(text) + " overflows; expected less than 2^63");
        weight_ = *value;
        hard_ = top_ && weight_ >= *top_;
    }

    void end_clause() {
        std::sort(literals_.begin(), literals_.end(), [](std::int64_t a, std::int64_t b) {
            return std::abs(a) != std::abs(b) ? std::abs(a) < std::abs(b) : a < b;
        });
        literals_.erase(std::unique(literals_.begin(), literals_.end()), literals_.end());
        for (std::size_t i = 1; i < literals_.size(); ++i)
            if (literals_[i] == -literals_[i - 1]) {
                ++formula_.dropped;
                return;
            }
        if (!hard_) {
            soft_ += weight_;
            if (soft_ >= largest_sum) fail("the sum of the weights overflows; expected less than 2^63");
        }
        if (literals_.empty()) {
            if (hard_) fail("an empty hard clause, which nothing satisfies");
            formula_.empty_weight += weight_;
            return;
        }
        formula_.clauses.push_back(literals_);
        formula_.weights.push_back(hard_ ? 0.0 : weight_);
        if (hard_) ++formula_.hard;
    }

    Formula finish() {
        if (form_ == Form::undecided) throw base::InputError(file_, "has no clauses; expected CNF or WCNF");
        if (formula_.variables == 0) throw base::InputError(file_, "has no variables");
        for (double& weight : formula_.weights) {
            weight /= scale_;
            formula_.soft_weight += weight;
        }
        formula_.empty_weight /= scale_;
        for (double& weight : formula_.weights)
            if (weight == 0.0) weight = 1.0 + formula_.soft_weight;
        if (formula_.dropped > 0)
            monitor_.warning(file_ + ": " + std::to_string(formula_.dropped) +
                             " clauses hold a variable and its negation and are dropped");
        if (formula_.empty_weight > 0.0)
            monitor_.warning(file_ + ": empty clauses of weight " + base::number_text(formula_.empty_weight) +
                             " are violated by every assignment");
        return std::move(formula_);
    }

    const std::string& file_;
    const base::Monitor& monitor_;
    data::LineReader lines_;
    Formula formula_;
    Form form_ = Form::undecided;
    std::optional<double> top_;
    double scale_ = 1.0;
    double soft_ = 0.0;
    bool in_clause_ = false;
    bool hard_ = false;
    double weight_ = 1.0;
    std::vector<std::int64_t> literals_;
};

} // namespace

Formula read_formula(const std::string& file, const base::Monitor& monitor) {
    return FormulaReader(file, monitor).read();
}

FormulaCouplings couplings_of(const Formula& formula) {
    FormulaCouplings result{arma::mat(formula.variables + 1, formula.variables + 1, arma::fill::zeros), 0.0};
    for (std::size_t c = 0; c < formula.clauses.size(); ++c) {
        const std::vector<std::int64_t>& clause = formula.clauses[c];
        const auto length = static_cast<double>(clause.size());
        const double factor = formula.weights[c] / (4.0 * length);
        result.offset += factor * (length - 1.0) * (length - 1.0);
        const auto row = [](std::int64_t literal) { return static_cast<std::size_t>(std::abs(literal)); };
        const auto sign = [](std::int64_t literal) { return literal > 0 ? 1.0 : -1.0; };
        result.C(0, 0) += factor;
        for (const std::int64_t a : clause) {
            result.C(0, row(a)) -= factor * sign(a);
            result.C(row(a), 0) -= factor * sign(a);
            for (const std::int64_t b : clause)
                result.C(row(a), row(b)) += factor * sign(a) * sign(b);
        }
    }
    return result;
}

Model model_of(const Formula& formula) {
    FormulaCouplings couplings = couplings_of(formula);
    Model model;
    model.n = formula.variables;
    model.k = std::max<std::size_t>(
        32, static_cast<std::size_t>(std::ceil(std::sqrt(2.0 * static_cast<double>(formula.variables)))) + 1);
    model.parameters = MatrixParameters{std::move(couplings.C)};
    model.clauses = formula.clauses;
    model.weights = formula.weights;
    model.offset = couplings.offset;
    return model;
}

} // namespace limsym::satnet
