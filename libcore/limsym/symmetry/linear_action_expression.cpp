#include "limsym/symmetry/linear_action_expression.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/symmetry/permutation_file.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::size_t deepest = 64;

class Parser {
public:
    Parser(const std::string& text, const std::string& place) : text_(text), place_(place) {}

    LinearAction parse() {
        LinearAction action = product();
        if (at_ < text_.size())
            fail(at_, "unexpected " + base::quoted(text_.substr(at_, 1)), "'x', '|', '@' or the end");
        return action;
    }

private:
    [[noreturn]] void fail(std::size_t at, const std::string& what, const std::string& expected) const {
        throw base::InputError(place_, base::quoted(text_) + ": " + what + " at character " + std::to_string(at + 1) +
                                           "; expected " + expected);
    }
    void skip_blanks() {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
    }
    [[nodiscard]] bool take(char c) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        skip_blanks();
        return true;
    }

    LinearAction product() {
        LinearAction left = joined();
        for (;;) {
            skip_blanks();
            const std::size_t sign = at_;
            if (!take('x')) return left;
            const LinearAction right = joined();
            if (left.d * right.d > largest_dimension) fail_dimension(sign, left.d * right.d);
            left = product_action(left, right);
        }
    }
    LinearAction joined() {
        LinearAction left = embedded();
        for (;;) {
            skip_blanks();
            const std::size_t sign = at_;
            if (!take('|')) return left;
            LinearAction right = embedded();
            if (left.is_product() || right.is_product()) fail(sign, "a product cannot be joined", "groups without x");
            if (left.d != right.d)
                fail(sign, "groups on R^" + std::to_string(left.d) + " and R^" + std::to_string(right.d),
                     "groups on the same space on both sides of '|'");
            left = generated_action(std::move(left), std::move(right));
        }
    }
    LinearAction embedded() {
        LinearAction part = atom();
        skip_blanks();
        const std::size_t sign = at_;
        if (!take('@')) return part;
        if (part.is_product()) fail(sign, "a product cannot be embedded", "a group without x");
        std::vector<std::size_t> axes;
        do {
            axes.push_back(number("an axis", 0, largest_dimension - 1));
        } while (take(','));
        if (!take('/')) fail(at_, "the dimension is missing", "@AXIS,../DIMENSION");
        const std::size_t d = number("a dimension", 1, largest_dimension);
        for (std::size_t i = 0; i < axes.size(); ++i)
            if (axes[i] >= d || std::count(axes.begin(), axes.end(), axes[i]) > 1)
                fail(sign,
                     "axis " + std::to_string(axes[i]) + (axes[i] >= d ? " is not in R^" : " is named twice in R^") +
                         std::to_string(d),
                     "different axes below the dimension");
        if (axes.size() != part.d)
            fail(sign, std::to_string(axes.size()) + " axes",
                 std::to_string(part.d) + ", as " + part.name + " acts on R^" + std::to_string(part.d));
        return embedded_action(std::move(part), std::move(axes), d);
    }
    [[noreturn]] void fail_dimension(std::size_t at, std::size_t d) const {
        fail(at, "the group acts on R^" + std::to_string(d), "at most R^" + std::to_string(largest_dimension));
    }

    std::size_t number(const std::string& what, std::size_t least, std::size_t most) {
        skip_blanks();
        const std::size_t begin = at_;
        while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0)
            ++at_;
        const auto value = base::parse_integer(text_.substr(begin, at_ - begin));
        const std::string range = what + " of " + std::to_string(least) + ".." + std::to_string(most);
        if (at_ == begin) fail(begin, what + " is missing", range);
        if (!value || *value < static_cast<std::int64_t>(least) || *value > static_cast<std::int64_t>(most))
            fail(begin, base::quoted(text_.substr(begin, at_ - begin)) + " is out of range", range);
        return static_cast<std::size_t>(*value);
    }

    LinearAction atom() {
        skip_blanks();
        const std::size_t begin = at_;
        if (take('(')) {
            if (++depth_ > deepest) fail(begin, "nested too deeply", "at most 64 levels");
            LinearAction inside = product();
            if (!take(')')) fail(at_, "')' is missing", "')' for '(' at character " + std::to_string(begin + 1));
            --depth_;
            return inside;
        }
        while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0 && text_[at_] != 'x')
            ++at_;
        if (at_ < text_.size() && text_[at_] == '+' && text_.substr(begin, at_ - begin) == "SO") ++at_;
        const std::string name = text_.substr(begin, at_ - begin);
        if (name == "gens" && at_ < text_.size() && text_[at_] == ':') return permutations(begin);
        if (name == "Lorentz") return matrix_family(MatrixFamily::indefinite, 1, 3);
        const auto& families = matrix_family_texts();
        const auto known =
            std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == name; });
        if (known == families.end()) {
            std::vector<std::string> names;
            for (const MatrixFamilyText& family : families)
                if (std::find(names.begin(), names.end(), family.name) == names.end()) names.emplace_back(family.name);
            fail(begin, name.empty() ? "a group is missing" : "unknown group",
                 "one of " + base::join(names) + " or gens:FILE, such as SO(3)");
        }
        return named(name, begin);
    }

    LinearAction permutations(std::size_t begin) {
        const std::size_t first = ++at_;
        at_ = std::min(text_.find_first_of("@|", first), text_.size());
        const std::string file = text_.substr(first, at_ - first);
        if (file.empty()) fail(first, "a file is missing", "gens:FILE");
        PermutationList list = read_permutations(file, std::nullopt);
        if (list.degree > largest_dimension) fail_dimension(begin, list.degree);
        return permutation_action(generated_group(list.degree, std::move(list.permutations), "gens:" + file));
    }

    LinearAction named(const std::string& name, std::size_t begin) {
        if (!take('(')) fail(at_, "'(' is missing", name + "(n)");
        const std::size_t at_number = at_;
        const std::size_t p = number("a number", 1, largest_dimension);
        std::optional<std::size_t> q;
        if (take(',')) q = number("a number", 1, largest_dimension);
        if (!take(')')) fail(at_, "')' is missing", "')'");
        const bool takes_two = name == "SO" || name == "O" || name == "SO+";
        if (q && !takes_two) fail(at_number, name + " has two arguments", name + "(n)");
        if (!q && name == "SO+") fail(at_number, "SO+ has one argument", "SO+(p,q)");
        const std::size_t d = p + (q ? *q : 0) + (name == "SE" || name == "Tr" ? 1U : 0U);
        const bool plane = name == "C" || name == "D";
        if (d > largest_dimension && !plane) fail_dimension(begin, d);
        if (name == "Sp" && p % 2 != 0)
            fail(at_number, "Sp(" + std::to_string(p) + ") has an odd dimension", "an even one");
        return matrix_family(family(name, q.has_value()), p, q ? *q : 0);
    }
    static MatrixFamily family(const std::string& name, bool two) {
        if (name == "Trivial") return MatrixFamily::trivial;
        if (name == "SO") return two ? MatrixFamily::special_indefinite : MatrixFamily::special_orthogonal;
        if (name == "O") return two ? MatrixFamily::indefinite : MatrixFamily::orthogonal;
        if (name == "SO+") return MatrixFamily::identity_indefinite;
        if (name == "Sp") return MatrixFamily::symplectic;
        if (name == "SL") return MatrixFamily::special_linear;
        if (name == "GL") return MatrixFamily::general_linear;
        if (name == "Scaling") return MatrixFamily::scaling;
        if (name == "S") return MatrixFamily::symmetric;
        if (name == "Z") return MatrixFamily::cyclic_shift;
        if (name == "C") return MatrixFamily::planar_cyclic;
        if (name == "D") return MatrixFamily::planar_dihedral;
        return name == "SE" ? MatrixFamily::special_euclidean : MatrixFamily::translation;
    }

    const std::string& text_;
    const std::string& place_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

arma::mat square_matrix(const data::Json& value, std::size_t d, const std::string& file, const std::string& pointer) {
    const auto fail = [&](const std::string& where, const std::string& message) {
        throw base::InputError(base::at_pointer(file, where), message);
    };
    const std::string shape = std::to_string(d) + " x " + std::to_string(d);
    if (!value.is_array() || value.size() != d)
        fail(pointer, "is not a matrix of " + std::to_string(d) + " rows; expected " + shape);
    arma::mat matrix(d, d, arma::fill::none);
    for (std::size_t i = 0; i < d; ++i) {
        const std::string row = pointer + "/" + std::to_string(i);
        if (!value[i].is_array() || value[i].size() != d)
            fail(row, "is not a row of " + std::to_string(d) + " numbers; expected " + shape);
        for (std::size_t j = 0; j < d; ++j) {
            if (!value[i][j].is_number())
                fail(row + "/" + std::to_string(j), "is not a number; expected a finite number");
            matrix(i, j) = value[i][j].get<double>();
        }
    }
    return matrix;
}

} // namespace

const std::vector<MatrixFamilyText>& matrix_family_texts() {
    static const std::vector<MatrixFamilyText> texts{
        {"Trivial", "n", "", ""},
        {"SO", "n", "E_ij - E_ji, i > j", ""},
        {"O", "n", "as SO(n)", "diag(-1,1,..,1)"},
        {"SO+", "p,q", "E_ij - J_jj J_ii E_ji, i > j, J = diag(1_p,-1_q)", ""},
        {"SO", "p,q", "as SO+(p,q)", "diag(-1,1,..,1,-1)"},
        {"O", "p,q", "as SO+(p,q)", "diag(-1,1,..,1), diag(1,..,1,-1)"},
        {"Sp", "n", "E_ij - E_{m+j,m+i}, n = 2m; symmetric units in the two off-diagonal blocks", ""},
        {"SL", "n", "E_ij (i != j), E_ii - E_nn", ""},
        {"GL", "n", "E_ij", ""},
        {"Scaling", "n", "I", ""},
        {"S", "n", "", "swaps (0 k), k = 1..n-1"},
        {"Z", "n", "", "shift e_i -> e_{i+1 mod n}"},
        {"C", "k", "", "rotation of R^2 by 2 pi/k"},
        {"D", "k", "", "rotation of R^2 by 2 pi/k, diag(-1,1)"},
        {"SE", "n", "so(n) padded and E_in, on R^{n+1}", ""},
        {"Tr", "n", "E_in, on R^{n+1}", ""},
    };
    return texts;
}

LinearAction parse_linear_action(const std::string& text, const std::string& place) {
    return Parser(text, place).parse();
}

GivenAction read_linear_action(const data::Json& document, const std::string& file) {
    data::ObjectReader reader(document, file, "");
    reader.schema("limsym/group@1");
    const auto d = static_cast<std::size_t>(reader.integer("d", std::nullopt, 1, largest_dimension));
    const auto matrices = [&](const char* key) {
        std::vector<arma::mat> list;
        const data::Json* value = reader.find(key);
        if (value == nullptr) return list;
        if (!value->is_array()) reader.fail(key, "is no array; expected matrices");
        for (std::size_t k = 0; k < value->size(); ++k)
            list.push_back(square_matrix((*value)[k], d, file, reader.pointer_to(key) + "/" + std::to_string(k)));
        return list;
    };
    std::vector<arma::mat> lie = matrices("lie");
    std::vector<arma::mat> discrete = matrices("discrete");
    for (std::size_t k = 0; k < discrete.size(); ++k)
        if (!(arma::rcond(discrete[k]) > 1e-13))
            throw base::InputError(base::at_pointer(file, reader.pointer_to("discrete") + "/" + std::to_string(k)),
                                   "is singular; expected an invertible matrix");
    std::optional<arma::mat> form;
    if (const data::Json* value = reader.find("form"); value != nullptr && !value->is_null())
        form = square_matrix(*value, d, file, reader.pointer_to("form"));
    GivenAction given{given_action(file, d, std::move(lie), std::move(discrete), form), {}};
    if (form) {
        const double defect = form_defect(given.action, *form);
        if (!(defect <= 1e-9 * std::max(1.0, arma::abs(*form).max())))
            reader.fail("form", "is not preserved by the generators (off by " + base::number_text(defect) +
                                    "); expected A'J + JA = 0 and h'Jh = J");
    }
    if (const double defect = bracket_defect(given.action.lie); defect > 1e-9)
        given.doubts.push_back(file + ": the Lie generators are not closed under brackets (defect " +
                               base::number_text(defect) + ")");
    return given;
}

GivenAction linear_action_of(const std::string& text, const std::string& place) {
    if (text.starts_with('@')) return read_linear_action(data::read_json(text.substr(1)), text.substr(1));
    if (text.ends_with(".json")) return read_linear_action(data::read_json(text), text);
    return {parse_linear_action(text, place), {}};
}

data::Json rows_json(const arma::mat& matrix) {
    data::Json rows = data::Json::array();
    for (std::size_t i = 0; i < matrix.n_rows; ++i) {
        data::Json row = data::Json::array();
        for (std::size_t j = 0; j < matrix.n_cols; ++j)
            row.push_back(matrix(i, j));
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace limsym::symmetry
