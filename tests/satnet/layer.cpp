// The layer against golden vectors, and properties that hold for every board.
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "limsym/base/random.hpp"
#include "limsym/data/document.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/satnet/board_solver.hpp"
#include "support.hpp"

namespace limsym::satnet {

namespace {

struct Case {
    arma::mat C;
    std::optional<arma::mat> S;
    std::vector<double> x; // NaN unknown
    Start start;
    const data::Json* json;
};

Case golden_case(const data::Document& document, std::size_t index) {
    const std::string at = "/cases/" + std::to_string(index);
    const data::Json& json = document.tree["cases"][index];
    Case result;
    result.json = &json;
    result.C = document.matrix_object(at + "/C");
    if (json.contains("S") && json["S"].is_object()) result.S = document.matrix_object(at + "/S");
    const auto V0 = document.matrix(at + "/V0");
    const auto z = json["z"].get<std::vector<double>>();
    const auto is_input = json["is_input"].get<std::vector<int>>();
    result.start.k = V0.n_cols;
    for (std::size_t i = 1; i < z.size(); ++i) {
        result.x.push_back(is_input[i] != 0 ? z[i] : std::nan(""));
        result.start.sides.push_back(V0(i, 1) < 0.0 ? -1 : 1);
    }
    for (const auto i : json["order"].get<std::vector<std::uint32_t>>()) {
        if (is_input[i] != 0) continue;
        result.start.order.push_back(i);
        for (std::size_t l = 0; l < V0.n_cols; ++l)
            result.start.directions.push_back(V0(i, l));
    }
    return result;
}

template <typename T>
std::vector<double> outputs(const BoardSolver<T>& solver, const std::vector<double>& x) {
    std::vector<double> p{1.0};
    p.insert(p.end(), x.begin(), x.end());
    p.resize(solver.order());
    for (std::size_t q = 0; q < solver.unknown(); ++q)
        p[solver.variable(q)] = solver.output(q).z;
    return p;
}

double worst(const std::vector<double>& a, const std::vector<double>& b) {
    double result = a.size() == b.size() ? 0.0 : 1e9;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        result = std::max(result, std::abs(a[i] - b[i]));
    return result;
}

template <typename T>
void check_fixed_sweeps(const Couplings<T>& couplings, const Case& c, double tolerance) {
    for (const auto& item : (*c.json)["after_sweeps"].items()) {
        const std::string sweeps = item.key();
        const data::Json& wanted = item.value();
        BoardSolver<T> solver(couplings);
        solver.load(c.x, c.start);
        const ForwardResult result = solver.forward({static_cast<std::size_t>(std::stoi(sweeps)), 0.0});
        CHECK(worst(outputs(solver, c.x), wanted["p"].get<std::vector<double>>()) < tolerance);
        const double objective = wanted["objective"].get<double>();
        CHECK(std::abs(solver.energy() - objective) < tolerance * std::abs(objective));
        CHECK(worst(result.decreases, wanted["decrease"].get<std::vector<double>>()) < 100 * tolerance);
    }
    BoardSolver<T> solver(couplings);
    solver.load(c.x, c.start);
    const data::Json& wanted = (*c.json)["default_stop"];
    const ForwardResult result = solver.forward({40, 1e-4});
    CHECK(result.iters == wanted["iters"].get<std::size_t>());
    CHECK(worst(outputs(solver, c.x), wanted["p"].get<std::vector<double>>()) < tolerance);
}

std::vector<double> bce_slopes(const BoardSolver<double>& solver, const Case& c) {
    const auto targets = (*c.json)["targets"].get<std::vector<double>>();
    const auto indices = (*c.json)["loss_indices"].get<std::vector<std::size_t>>();
    std::vector<double> slopes(solver.unknown(), 0.0);
    for (std::size_t p = 0; p < slopes.size(); ++p)
        if (std::find(indices.begin(), indices.end(), solver.variable(p)) != indices.end()) {
            const auto out = solver.output(p);
            slopes[p] = (targets[solver.variable(p)] == 1.0 ? -1.0 / out.z : 1.0 / out.complement) /
                        static_cast<double>(indices.size());
        }
    return slopes;
}

arma::mat symmetric_gradient(const BoardSolver<double>& solver) {
    const std::size_t N = solver.order();
    const std::size_t s = solver.stride();
    AlignedArray<double> u(N * s);
    AlignedArray<double> v(N * s);
    solver.copy_rows(u.data(), v.data(), 1, 0);
    const arma::mat U(u.data(), s, N);
    const arma::mat V(v.data(), s, N);
    const arma::mat G = U.t() * V;
    arma::mat both = G + G.t();
    both.diag().zeros();
    return both;
}

double relative(const arma::mat& a, const arma::mat& b) {
    return arma::abs(a - b).max() / std::max(1.0, arma::abs(b).max());
}

arma::mat random_symmetric(std::size_t N, std::uint64_t seed) {
    base::RandomStream stream(seed, "test couplings");
    arma::mat C(N, N, arma::fill::none);
    numerics::fill_normal(stream, C.memptr(), C.n_elem);
    C = 0.5 * (C + C.t());
    return C;
}

} // namespace

TEST_CASE("fixed sweeps and the default stop equal the golden vectors, in every form and precision") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Document document = data::read_document(*folder + "/layer.json");
    for (std::size_t i = 0; i < document.tree["cases"].size(); ++i) {
        const Case c = golden_case(document, i);
        CAPTURE(i);
        check_fixed_sweeps(dense_couplings<double>(c.C), c, 1e-9);
        check_fixed_sweeps(dense_couplings<float>(c.C), c, 1e-4);
        if (c.S) {
            FactorCouplings<double> factors;
            factors.order = c.S->n_rows;
            factors.factors = c.S->n_cols;
            factors.stride = padded<double>(c.S->n_cols);
            factors.S.resize(factors.order * factors.stride);
            for (std::size_t r = 0; r < factors.order; ++r) {
                for (std::size_t f = 0; f < factors.factors; ++f)
                    factors.S[r * factors.stride + f] = (*c.S)(r, f);
                factors.squares.push_back(arma::dot(c.S->row(r), c.S->row(r)));
            }
            check_fixed_sweeps(Couplings<double>(std::move(factors)), c, 1e-8);
        }
    }
}

TEST_CASE("gradients equal the golden vectors, by sweeps and exact") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Document document = data::read_document(*folder + "/layer.json");
    for (std::size_t i = 0; i < document.tree["cases"].size(); ++i) {
        const Case c = golden_case(document, i);
        const std::string at = "/cases/" + std::to_string(i);
        CAPTURE(i);
        const Couplings<double> couplings = dense_couplings<double>(c.C);
        BoardSolver<double> solver(couplings);
        solver.load(c.x, c.start);
        const ForwardResult result = solver.forward({40, 1e-4});
        CHECK(solver.adjoint(bce_slopes(solver, c), {.sweeps = result.iters, .prox = 0.01}) == result.iters);
        CHECK(relative(symmetric_gradient(solver), document.matrix_object(at + "/backward_cd/dC_sym")) < 1e-8);

        static_cast<void>(solver.forward({200'000, 1e-22}));
        static_cast<void>(solver.adjoint(bce_slopes(solver, c),
                                         {.sweeps = 200'000, .tolerance = 1e-12, .prox = 0.0, .fresh_norms = true}));
        CHECK(relative(symmetric_gradient(solver), document.matrix_object(at + "/converged/dC_sym")) < 1e-6);
    }
}

TEST_CASE("E never rises, vectors keep their length, u is tangent") {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const std::size_t n = 20 + 7 * seed;
        const arma::mat C = random_symmetric(n + 3, seed);
        std::vector<double> x(n, std::nan(""));
        for (std::size_t i = 0; i < n / 3; ++i)
            x[i] = i % 2 == 0 ? 1.0 : 0.3;
        const Couplings<double> couplings = dense_couplings<double>(C);
        BoardSolver<double> solver(couplings);
        solver.load(x, random_start(x, 2, 16 + seed, seed, "test", 0));
        double before = solver.energy();
        for (int sweep = 0; sweep < 30; ++sweep) {
            const ForwardResult result = solver.forward({1, 0.0});
            const double now = solver.energy();
            CHECK(now <= before + 1e-12 * std::abs(before));
            CHECK(before - now == doctest::Approx(result.decreases.front()).epsilon(1e-6));
            before = now;
        }
        std::vector<double> slopes(solver.unknown(), 1.0);
        static_cast<void>(solver.adjoint(slopes, {.sweeps = 20, .prox = 0.01}));
        for (std::size_t p = 0; p < solver.unknown(); ++p) {
            double length = 0.0;
            double across = 0.0;
            for (std::size_t l = 0; l < solver.dimension(); ++l) {
                length += solver.vector(p)[l] * solver.vector(p)[l];
                across += solver.vector(p)[l] * solver.adjoint_vector(p)[l];
            }
            CHECK(std::abs(length - 1.0) < 1e-12);
            CHECK(std::abs(across) < 1e-12);
        }
    }
}

TEST_CASE("outputs do not change when variables, couplings and order are renamed together") {
    const std::size_t n = 25;
    const arma::mat C = random_symmetric(n + 1, 5);
    std::vector<double> x(n, std::nan(""));
    x[0] = 1.0;
    x[7] = 0.4;
    const Start start = random_start(x, 0, 32, 1, "test", 3);
    std::vector<std::size_t> rename(n + 1);
    std::iota(rename.begin(), rename.end(), std::size_t{0});
    base::RandomStream stream(9, "test renaming");
    std::vector<std::size_t> shuffled(n);
    numerics::fill_permutation(stream, shuffled.data(), n);
    for (std::size_t i = 0; i < n; ++i)
        rename[i + 1] = shuffled[i] + 1;
    arma::mat C2(n + 1, n + 1, arma::fill::zeros);
    std::vector<double> x2(n);
    Start start2 = start;
    for (std::size_t i = 0; i <= n; ++i)
        for (std::size_t j = 0; j <= n; ++j)
            C2(rename[i], rename[j]) = C(i, j);
    for (std::size_t i = 1; i <= n; ++i) {
        x2[rename[i] - 1] = x[i - 1];
        start2.sides[rename[i] - 1] = start.sides[i - 1];
    }
    for (std::uint32_t& i : start2.order)
        i = static_cast<std::uint32_t>(rename[i]);
    const Couplings<double> one = dense_couplings<double>(C);
    const Couplings<double> two = dense_couplings<double>(C2);
    BoardSolver<double> a(one);
    BoardSolver<double> b(two);
    a.load(x, start);
    b.load(x2, start2);
    static_cast<void>(a.forward({20'000, 1e-20}));
    static_cast<void>(b.forward({20'000, 1e-20}));
    for (std::size_t p = 0; p < a.unknown(); ++p)
        CHECK(std::abs(a.output(p).z - b.output(p).z) < 1e-6);
}

TEST_CASE("a variable that nothing pulls stays where it is") {
    arma::mat C(4, 4, arma::fill::zeros);
    C(0, 1) = C(1, 0) = -1.0;
    const Couplings<double> couplings = dense_couplings<double>(C);
    const std::vector<double> x(3, std::nan(""));
    BoardSolver<double> solver(couplings);
    solver.load(x, random_start(x, 0, 8, 0, "test", 0));
    static_cast<void>(solver.forward({40, 1e-4}));
    for (std::size_t p = 0; p < 3; ++p) {
        if (solver.variable(p) == 1)
            CHECK(solver.output(p).z == doctest::Approx(1.0));
        else
            CHECK(solver.norm(p) == 0.0);
        CHECK(std::isfinite(solver.output(p).z));
    }
}

} // namespace limsym::satnet
