// limsym_bench MEASUREMENT ARGUMENTS...: one measurement, one line of JSON; bench/run.sh calls it.
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "limsym/base/version.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/vmath.hpp"
#include "measure.hpp"

namespace limsym::bench {

void versions() {
    Record record;
    record.add("limsym", std::string(base::version()));
    record.add("blas", numerics::blas_description());
    record.add("vmath", std::string(numerics::vmath_path()));
    record.add("compiler", "g++ " __VERSION__);
    record.print();
}

} // namespace limsym::bench

int main(int argc, char** argv) {
    using namespace limsym;
    const std::vector<std::string> words(argv + 1, argv + argc);
    const auto size = [&](std::size_t i) { return static_cast<std::size_t>(std::stoull(words.at(i))); };
    const auto threads = [&](std::size_t i) { return static_cast<unsigned>(size(i)); };
    const std::map<std::string, std::function<void()>> measurements{
        // N D LAYERS THREADS RUNS
        {"gram-syrk", [&] { bench::gram_against_syrk(size(1), size(2), size(3), threads(4), size(5)); }},
        {"gram-activations", [&] { bench::gram_against_activations(size(1), size(2), size(3), threads(4), size(5)); }},
        // NETWORK POINTS N D nngp|ntk f64|f32 THREADS RESULT
        {"gram-files",
         [&] {
             bench::gram_of_files(words.at(1), words.at(2), size(3), size(4), words.at(5), words.at(6), threads(7),
                                  words.at(8));
         }},
        // EXPRESSION RUNS GENERATORS
        {"pair-orbits", [&] { bench::pair_orbits(words.at(1), size(2), words.at(3)); }},
        // RUNS
        {"satnet-layer", [&] { bench::satnet_layer(size(1)); }},
        // N THREADS RUNS
        {"factor", [&] { bench::factor_against_lapack(size(1), threads(2), size(3)); }},
        {"multiply", [&] { bench::multiply_rate(size(1), threads(2), size(3)); }},
        // FOLDER N M NOISE THREADS
        {"fit-predict",
         [&] { bench::fit_and_predict(words.at(1), size(2), size(3), std::stod(words.at(4)), threads(5)); }},
        // FOLDER FEATURES WIDTH HIDDEN CLASSES ROWS BATCH f64|f32 THREADS RUNS
        {"training-epoch",
         [&] {
             bench::training_epoch(words.at(1), size(2), size(3), size(4), size(5), size(6), size(7), words.at(8),
                                   threads(9), size(10));
         }},
        // FILE RUNS
        {"csv", [&] { bench::read_csv(words.at(1), size(2)); }},
        // ALPHA N RUNS; ALPHA PAIRS N RESULT; ALPHA table|exact POINTS N RUNS RESULT; ALPHA N THREADS RUNS
        {"stable-variates", [&] { bench::stable_variates(std::stod(words.at(1)), size(2), size(3)); }},
        {"stable-map", [&] { bench::stable_map(std::stod(words.at(1)), words.at(2), size(3), words.at(4)); }},
        {"stable-density",
         [&] {
             bench::stable_density(std::stod(words.at(1)), words.at(2), words.at(3), size(4), size(5), words.at(6));
         }},
        {"stable-likelihood", [&] { bench::stable_likelihood(std::stod(words.at(1)), size(2), threads(3), size(4)); }},
        // ALPHA WIDTH NETS THREADS RUNS RESULT
        {"aggregate",
         [&] {
             bench::aggregated_networks(std::stod(words.at(1)), size(2), size(3), threads(4), size(5), words.at(6));
         }},
        // FOLDER N D DEPTH THREADS RUNS
        {"jacobian-limit", [&] { bench::jacobian_limit(words.at(1), size(2), size(3), size(4), threads(5), size(6)); }},
        // FOLDER N D WIDTH HIDDEN THREADS RUNS
        {"jacobian-ntk",
         [&] { bench::jacobian_ntk(words.at(1), size(2), size(3), size(4), size(5), threads(6), size(7)); }},
        // N D WIDTH HIDDEN THREADS RUNS
        {"robust-step", [&] { bench::robust_step(size(1), size(2), size(3), size(4), threads(5), size(6)); }},
        // GROUP REPRESENTATION RUNS CONSTRAINTS BASIS
        {"invariant-vectors",
         [&] { bench::invariant_vectors(words.at(1), words.at(2), size(3), words.at(4), words.at(5)); }},
        // PRIOR DEPTH WIDTH NETS THREADS RUNS RESULT; PRIOR WIDTH DRAWS THREADS RUNS RESULT
        {"dependent-networks",
         [&] { bench::dependent_networks(words.at(1), size(2), size(3), size(4), threads(5), size(6), words.at(7)); }},
        {"node-variances",
         [&] { bench::node_variance_draws(words.at(1), size(2), size(3), threads(4), size(5), words.at(6)); }},
        // PRIOR ARGUMENTS N THREADS RUNS RESULT; PRIOR DEPTH TAIL INPUTS N D DRAWS THREADS RUNS RESULT
        {"inverse-tails",
         [&] { bench::inverse_tails(words.at(1), words.at(2), size(3), threads(4), size(5), words.at(6)); }},
        {"random-kernels",
         [&] {
             bench::random_kernels(words.at(1), size(2), std::stod(words.at(3)), words.at(4), size(5), size(6), size(7),
                                   threads(8), size(9), words.at(10));
         }},
        // FOLDER N D M f64|f32 STEPS THREADS RUNS
        {"shallow-steps",
         [&] {
             bench::shallow_steps(words.at(1), size(2), size(3), size(4), words.at(5), size(6), threads(7), size(8));
         }},
        // GAMMA ALPHA TIME THREADS RUNS; N D M THREADS RUNS; FOLDER N D M THREADS RUNS
        {"shallow-flow",
         [&] {
             bench::shallow_flow(std::stod(words.at(1)), std::stod(words.at(2)), std::stod(words.at(3)), threads(4),
                                 size(5));
         }},
        {"shallow-pruning", [&] { bench::shallow_pruning(size(1), size(2), size(3), threads(4), size(5)); }},
        {"shallow-tangents",
         [&] { bench::shallow_tangents(words.at(1), size(2), size(3), size(4), threads(5), size(6)); }},
        {"versions", [] { bench::versions(); }},
    };
    try {
        measurements.at(words.at(0))();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "limsym_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
