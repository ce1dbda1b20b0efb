#include "limsym/symmetry/linear_action.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace limsym::symmetry {

namespace {

arma::mat unit(std::size_t n, std::size_t i, std::size_t j) {
    arma::mat e(n, n, arma::fill::zeros);
    e(i, j) = 1.0;
    return e;
}

arma::mat identity(std::size_t n) {
    return arma::mat(n, n, arma::fill::eye);
}

arma::mat reflection(std::size_t n, std::size_t axis) {
    arma::mat h = identity(n);
    h(axis, axis) = -1.0;
    return h;
}

arma::mat indefinite_form(std::size_t p, std::size_t q) {
    arma::mat form = identity(p + q);
    for (std::size_t i = p; i < p + q; ++i)
        form(i, i) = -1.0;
    return form;
}

std::vector<arma::mat> rotations(const arma::mat& form) {
    std::vector<arma::mat> lie;
    for (std::size_t i = 0; i < form.n_rows; ++i)
        for (std::size_t j = 0; j < i; ++j)
            lie.emplace_back(unit(form.n_rows, i, j) - form(j, j) * form(i, i) * unit(form.n_rows, j, i));
    return lie;
}

std::vector<arma::mat> symplectic_generators(std::size_t m) {
    const std::size_t n = 2 * m;
    std::vector<arma::mat> lie;
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            lie.emplace_back(unit(n, i, j) - unit(n, m + j, m + i));
    const auto symmetric_unit = [&](std::size_t i, std::size_t j, std::size_t row, std::size_t column) {
        arma::mat a = unit(n, row + i, column + j);
        a(row + j, column + i) = 1.0;
        lie.push_back(std::move(a));
    };
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            symmetric_unit(i, j, m, 0);
            symmetric_unit(i, j, 0, m);
        }
    return lie;
}

std::vector<arma::mat> linear_units(std::size_t n, bool trace_free) {
    std::vector<arma::mat> lie;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (i != j || !trace_free) lie.push_back(unit(n, i, j));
    if (trace_free)
        for (std::size_t i = 0; i + 1 < n; ++i)
            lie.emplace_back(unit(n, i, i) - unit(n, n - 1, n - 1));
    return lie;
}

arma::mat swap_matrix(std::size_t n, std::size_t k) {
    arma::mat h = identity(n);
    h.swap_rows(0, k);
    return h;
}

arma::mat shift_matrix(std::size_t n) {
    arma::mat h(n, n, arma::fill::zeros);
    for (std::size_t i = 0; i < n; ++i)
        h((i + 1) % n, i) = 1.0;
    return h;
}

/// Exact at quarter turns.
arma::mat plane_rotation(std::size_t k) {
    const double angle = 2.0 * std::numbers::pi / static_cast<double>(k);
    double c = std::cos(angle);
    double s = std::sin(angle);
    if (k == 1) c = 1.0, s = 0.0;
    if (k == 2) c = -1.0, s = 0.0;
    if (k == 4) c = 0.0, s = 1.0;
    return {{c, -s}, {s, c}};
}

arma::mat padded(const arma::mat& m, const std::vector<std::size_t>& axes, arma::mat base) {
    for (std::size_t i = 0; i < axes.size(); ++i)
        for (std::size_t j = 0; j < axes.size(); ++j)
            base(axes[i], axes[j]) = m(i, j);
    return base;
}

std::string family_name(MatrixFamily family, std::size_t p, std::size_t q) {
    const auto named = [&](const char* word) { return word + ("(" + std::to_string(p) + ")"); };
    const auto twice = [&](const char* word) {
        return word + ("(" + std::to_string(p) + "," + std::to_string(q) + ")");
    };
    switch (family) {
    case MatrixFamily::trivial:
        return named("Trivial");
    case MatrixFamily::special_orthogonal:
        return named("SO");
    case MatrixFamily::orthogonal:
        return named("O");
    case MatrixFamily::identity_indefinite:
        return twice("SO+");
    case MatrixFamily::special_indefinite:
        return twice("SO");
    case MatrixFamily::indefinite:
        return twice("O");
    case MatrixFamily::symplectic:
        return named("Sp");
    case MatrixFamily::special_linear:
        return named("SL");
    case MatrixFamily::general_linear:
        return named("GL");
    case MatrixFamily::scaling:
        return named("Scaling");
    case MatrixFamily::symmetric:
        return named("S");
    case MatrixFamily::cyclic_shift:
        return named("Z");
    case MatrixFamily::planar_cyclic:
        return named("C");
    case MatrixFamily::planar_dihedral:
        return named("D");
    case MatrixFamily::special_euclidean:
        return named("SE");
    case MatrixFamily::translation:
        return named("Tr");
    case MatrixFamily::embedded:
    case MatrixFamily::generated:
    case MatrixFamily::product:
    case MatrixFamily::given:
        break;
    }
    return "";
}

void fill_family(LinearAction& g) {
    const std::size_t n = g.p;
    g.d = n + g.q;
    switch (g.family) {
    case MatrixFamily::trivial:
        break;
    case MatrixFamily::special_orthogonal:
    case MatrixFamily::orthogonal:
        g.form = identity(n);
        g.lie = rotations(*g.form);
        if (g.family == MatrixFamily::orthogonal) g.discrete = {reflection(n, 0)};
        break;
    case MatrixFamily::identity_indefinite:
    case MatrixFamily::special_indefinite:
    case MatrixFamily::indefinite:
        g.form = indefinite_form(g.p, g.q);
        g.lie = rotations(*g.form);
        if (g.family == MatrixFamily::special_indefinite) g.discrete = {reflection(g.d, 0) * reflection(g.d, g.d - 1)};
        if (g.family == MatrixFamily::indefinite) g.discrete = {reflection(g.d, 0), reflection(g.d, g.d - 1)};
        break;
    case MatrixFamily::symplectic:
        g.form = symplectic_form(n / 2);
        g.lie = symplectic_generators(n / 2);
        break;
    case MatrixFamily::special_linear:
        g.lie = linear_units(n, true);
        break;
    case MatrixFamily::general_linear:
        g.lie = linear_units(n, false);
        break;
    case MatrixFamily::scaling:
        g.lie = {identity(n)};
        break;
    case MatrixFamily::symmetric:
        g.form = identity(n);
        for (std::size_t k = 1; k < n; ++k)
            g.discrete.push_back(swap_matrix(n, k));
        break;
    case MatrixFamily::cyclic_shift:
        g.form = identity(n);
        g.discrete = {shift_matrix(n)};
        break;
    case MatrixFamily::planar_cyclic:
    case MatrixFamily::planar_dihedral:
        g.d = 2;
        g.form = identity(2);
        g.discrete = {plane_rotation(n)};
        if (g.family == MatrixFamily::planar_dihedral) g.discrete.push_back(reflection(2, 0));
        break;
    case MatrixFamily::special_euclidean:
    case MatrixFamily::translation:
        g.d = n + 1;
        if (g.family == MatrixFamily::special_euclidean)
            for (const arma::mat& a : rotations(identity(n))) {
                arma::mat padded_generator(n + 1, n + 1, arma::fill::zeros);
                padded_generator.submat(0, 0, n - 1, n - 1) = a;
                g.lie.push_back(std::move(padded_generator));
            }
        for (std::size_t i = 0; i < n; ++i)
            g.lie.push_back(unit(n + 1, i, n));
        break;
    case MatrixFamily::embedded:
    case MatrixFamily::generated:
    case MatrixFamily::product:
    case MatrixFamily::given:
        break;
    }
}

/// Both known to be compact, one known not to be, or unknown.
std::optional<bool> both_compact(const LinearAction& a, const LinearAction& b) {
    if ((a.compact && !*a.compact) || (b.compact && !*b.compact)) return false;
    if (a.compact && b.compact) return true;
    return std::nullopt;
}

bool same_form(const std::optional<arma::mat>& a, const std::optional<arma::mat>& b) {
    return a && b && arma::approx_equal(*a, *b, "absdiff", 0.0);
}

} // namespace

arma::mat symplectic_form(std::size_t m) {
    arma::mat form(2 * m, 2 * m, arma::fill::zeros);
    for (std::size_t i = 0; i < m; ++i) {
        form(i, m + i) = 1.0;
        form(m + i, i) = -1.0;
    }
    return form;
}

LinearAction matrix_family(MatrixFamily family, std::size_t p, std::size_t q) {
    LinearAction action;
    action.family = family;
    action.p = p;
    action.q = q;
    action.name = family_name(family, p, q);
    fill_family(action);
    action.compact = is_orthogonal(action);
    return action;
}

LinearAction embedded_action(LinearAction part, std::vector<std::size_t> axes, std::size_t d) {
    LinearAction action;
    action.family = MatrixFamily::embedded;
    action.d = d;
    action.name = part.name + "@";
    for (std::size_t i = 0; i < axes.size(); ++i)
        action.name += (i > 0 ? "," : "") + std::to_string(axes[i]);
    action.name += "/" + std::to_string(d);
    for (const arma::mat& a : part.lie)
        action.lie.push_back(padded(a, axes, arma::mat(d, d, arma::fill::zeros)));
    for (const arma::mat& h : part.discrete)
        action.discrete.push_back(padded(h, axes, identity(d)));
    if (part.form) action.form = padded(*part.form, axes, identity(d));
    action.compact = part.compact;
    action.axes = std::move(axes);
    action.parts = {std::move(part)};
    return action;
}

LinearAction generated_action(LinearAction left, LinearAction right) {
    LinearAction action;
    action.family = MatrixFamily::generated;
    action.d = left.d;
    action.name = left.name + "|" + right.name;
    action.lie = left.lie;
    action.lie.insert(action.lie.end(), right.lie.begin(), right.lie.end());
    action.discrete = left.discrete;
    action.discrete.insert(action.discrete.end(), right.discrete.begin(), right.discrete.end());
    if (same_form(left.form, right.form)) action.form = left.form;
    if (is_orthogonal(action)) {
        action.compact = true;
    } else if (both_compact(left, right) == std::optional<bool>(false)) {
        action.compact = false; // a closed subgroup of a compact group is compact
    }
    action.parts = {std::move(left), std::move(right)};
    return action;
}

LinearAction permutation_action(const Group& group) {
    std::vector<arma::mat> discrete;
    for (const Permutation& g : generators(group)) {
        arma::mat& h = discrete.emplace_back(g.size(), g.size(), arma::fill::zeros);
        for (std::size_t i = 0; i < g.size(); ++i)
            h(g[i], i) = 1.0;
    }
    return given_action(to_text(group), group.degree(), {}, std::move(discrete), std::nullopt);
}

arma::mat on_factor(const arma::mat& matrix, std::size_t before, std::size_t after) {
    return arma::kron(arma::kron(identity(before), matrix), identity(after));
}

LinearAction product_action(const LinearAction& left, const LinearAction& right) {
    LinearAction action;
    action.family = MatrixFamily::product;
    for (const LinearAction* side : {&left, &right}) {
        if (side->is_product()) {
            action.parts.insert(action.parts.end(), side->parts.begin(), side->parts.end());
        } else {
            action.parts.push_back(*side);
        }
    }
    action.d = left.d * right.d;
    action.compact = both_compact(left, right);
    bool formed = true;
    arma::mat form = identity(1);
    std::size_t before = 1;
    for (const LinearAction& part : action.parts) {
        action.name += (action.name.empty() ? "" : "x") + part.name;
        const std::size_t after = action.d / (before * part.d);
        for (const arma::mat& a : part.lie)
            action.lie.push_back(on_factor(a, before, after));
        for (const arma::mat& h : part.discrete)
            action.discrete.push_back(on_factor(h, before, after));
        before *= part.d;
        formed = formed && part.form;
        if (formed) form = arma::kron(form, *part.form).eval();
    }
    if (formed) action.form = form;
    return action;
}

LinearAction given_action(std::string name, std::size_t d, std::vector<arma::mat> lie, std::vector<arma::mat> discrete,
                          std::optional<arma::mat> form) {
    LinearAction action;
    action.name = std::move(name);
    action.d = d;
    action.lie = std::move(lie);
    action.discrete = std::move(discrete);
    action.form = std::move(form);
    if (is_orthogonal(action)) {
        action.compact = true;
        if (!action.form) action.form = identity(d);
    }
    return action;
}

bool is_orthogonal(const LinearAction& action) {
    constexpr double tolerance = 1e-12;
    const arma::mat one = identity(action.d);
    return std::all_of(action.lie.begin(), action.lie.end(),
                       [](const arma::mat& a) { return arma::abs(a + a.t()).max() <= tolerance; }) &&
           std::all_of(action.discrete.begin(), action.discrete.end(),
                       [&](const arma::mat& h) { return arma::abs(h.t() * h - one).max() <= tolerance; });
}

bool is_permutation(const LinearAction& action) {
    if (!action.lie.empty()) return false;
    return std::all_of(action.discrete.begin(), action.discrete.end(), [](const arma::mat& h) {
        for (std::size_t j = 0; j < h.n_cols; ++j) {
            std::size_t ones = 0;
            std::size_t in_row = 0;
            for (std::size_t i = 0; i < h.n_rows; ++i) {
                if ((h(i, j) != 0.0 && h(i, j) != 1.0) || (h(j, i) != 0.0 && h(j, i) != 1.0)) return false;
                ones += h(i, j) == 1.0;
                in_row += h(j, i) == 1.0;
            }
            if (ones != 1 || in_row != 1) return false;
        }
        return true;
    });
}

double bracket_defect(const std::vector<arma::mat>& lie) {
    if (lie.empty()) return 0.0;
    arma::mat span(lie[0].n_elem, lie.size(), arma::fill::none);
    for (std::size_t k = 0; k < lie.size(); ++k)
        span.col(k) = arma::vectorise(lie[k]);
    const arma::mat basis = arma::orth(span);
    double worst = 0.0;
    for (std::size_t i = 0; i < lie.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            arma::vec bracket = arma::vectorise(lie[i] * lie[j] - lie[j] * lie[i]);
            const double size = arma::norm(bracket);
            if (size <= 1e-6 * arma::norm(lie[i], "fro") * arma::norm(lie[j], "fro")) continue;
            bracket -= basis * (basis.t() * bracket);
            worst = std::max(worst, arma::norm(bracket) / size);
        }
    return worst;
}

double form_defect(const LinearAction& action, const arma::mat& form) {
    double worst = 0.0;
    for (const arma::mat& a : action.lie)
        worst = std::max(worst, arma::abs(a.t() * form + form * a).max());
    for (const arma::mat& h : action.discrete)
        worst = std::max(worst, arma::abs(h.t() * form * h - form).max());
    return worst;
}

Permutation images_of(const arma::mat& permutation) {
    std::vector<std::uint32_t> images(permutation.n_cols);
    for (std::size_t j = 0; j < permutation.n_cols; ++j)
        images[j] = static_cast<std::uint32_t>(permutation.col(j).index_max());
    return images;
}

} // namespace limsym::symmetry
