// Automorphisms, colour refinement and quantised matrices against the oracle and against each other.
#include "limsym/symmetry/automorphism.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"
#include "limsym/symmetry/colour_refinement.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::symmetry;

namespace {

PairPartition symmetric_orbitals_of(const Group& group) {
    return symmetric_orbitals(orbitals(group.degree(), generators(group)));
}

arma::mat matrix_of(const data::Json& document) {
    const data::Json& rows = document["data"];
    arma::mat matrix(rows.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows.size(); ++j)
            matrix(i, j) = rows[i][j];
    return matrix;
}

/// A graph on n points from its edges: classes point, edge, no edge.
PairPartition graph_of(std::size_t n, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
    std::vector<std::uint32_t> labels(n * n, 2);
    for (std::size_t i = 0; i < n; ++i)
        labels[i * n + i] = 0;
    for (const auto& [i, j] : edges)
        labels[i * n + j] = labels[j * n + i] = 1;
    return partition_of_labels(n, std::move(labels));
}

PairPartition petersen() {
    std::vector<std::pair<std::size_t, std::size_t>> edges;
    for (std::size_t i = 0; i < 5; ++i) {
        edges.emplace_back(i, (i + 1) % 5);
        edges.emplace_back(i, i + 5);
        edges.emplace_back(5 + i, 5 + (i + 2) % 5);
    }
    return graph_of(10, edges);
}

} // namespace

TEST_CASE("automorphism groups of known graphs") {
    const AutomorphismGroup group = automorphisms(petersen());
    CHECK(group.order == "120");
    CHECK(group_order(generated_group(10, group.generators)) == "120");
    CHECK(symmetric_orbitals_of(generated_group(10, group.generators)).labels == petersen().labels);
    std::vector<std::pair<std::size_t, std::size_t>> cycle;
    for (std::size_t i = 0; i < 12; ++i)
        cycle.emplace_back(i, (i + 1) % 12);
    CHECK(automorphisms(graph_of(12, cycle)).order == "24");
    CHECK(automorphisms(graph_of(30, {})).order == group_order(symmetric_group(30)));
    CHECK(automorphisms(graph_of(1, {})).order == "1");
}

TEST_CASE("noisy shuffled matrices: nauty and colour refinement find the oracle's partitions") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/symfind.json");
    for (const data::Json& row : golden["cases"]) {
        CAPTURE(row["expr"].get<std::string>());
        const arma::mat matrix = matrix_of(row["matrix"]);
        const PairPartition colours = quantised(matrix, row["quantise_tol"]);
        const AutomorphismGroup group = automorphisms(colours);
        CHECK(group.order == row["aut_order"].get<std::string>());
        const Group generated = generated_group(matrix.n_rows, group.generators);
        CHECK(group_order(generated) == group.order);
        const PairPartition found = symmetric_orbitals_of(generated);
        CHECK(found.count() == row["aut_orbitals_symmetric"].get<std::size_t>());
        CHECK(symmetric_orbitals(stable_colouring(colours)).count() == row["wl2_classes_symmetric"].get<std::size_t>());
        CHECK(relative_residual(matrix, class_means(matrix, found), found) ==
              doctest::Approx(row["residual_rel_after_projection"].get<double>()).epsilon(1e-6));
    }
}

TEST_CASE("colour refinement gives the orbitals of groups that counting can tell") {
    for (const char* text : {"S3 wr S4", "(S3 wr S3) + Z3", "S2 x S2 x S2", "sudoku:2", "Z7", "I3 + S4", "S3 wr Z5"}) {
        CAPTURE(text);
        const Group group = parse_group(text, "--group");
        const PairPartition wanted = symmetric_orbitals_of(group);
        CHECK(stable_colouring(wanted).count() >= wanted.count()); // (i, j) and (j, i) may be told apart
        CHECK(symmetric_orbitals(stable_colouring(wanted)).labels == wanted.labels);
    }
    // One edge marked in a hexagon breaks all but a reflection.
    std::vector<std::uint32_t> labels = graph_of(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}}).labels;
    labels[1] = labels[6] = 7;
    const PairPartition marked = partition_of_labels(6, std::move(labels));
    const AutomorphismGroup group = automorphisms(marked);
    CHECK(group.order == "2");
    CHECK(symmetric_orbitals(stable_colouring(marked)).labels ==
          symmetric_orbitals_of(generated_group(6, group.generators)).labels);
}

TEST_CASE("counting cannot tell a hexagon from two triangles by points, but it can by pairs") {
    const PairPartition hexagon = stable_colouring(graph_of(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}}));
    const PairPartition triangles = stable_colouring(graph_of(6, {{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, 5}, {5, 3}}));
    CHECK(hexagon.count() == 4);
    CHECK(triangles.count() == 3);
}

TEST_CASE("quantised entries: single linkage, the diagonal apart") {
    const arma::mat matrix{{1.0, 0.0, 0.2}, {0.0, 1.05, 0.4}, {0.2, 0.4, 3.0}};
    CHECK(quantised(matrix, 0.1).count() == 5);
    CHECK(quantised(matrix, 0.21).count() == 3); // 0, 0.2, 0.4 chain; 1, 1.05 | 3
    CHECK(quantised(matrix, 0.0).count() == 6);
    CHECK(quantised(arma::mat(2, 2, arma::fill::value(4.0)), 1.0).count() == 2);
    const std::vector<double> gaps = value_gaps(matrix);
    REQUIRE(gaps.size() == 4);
    CHECK(gaps[0] == doctest::Approx(1.95));
    CHECK(gaps[3] == doctest::Approx(0.05));
}

TEST_CASE("automorphisms commute with shuffling") {
    const Group group = parse_group("(S2 wr S3) + (Z3 x S2)", "--group");
    const std::size_t n = group.degree();
    const PairPartition colours = symmetric_orbitals_of(group);
    base::RandomStream stream(5, "shuffle");
    Permutation point_of = identity_permutation(n);
    for (std::size_t i = n - 1; i > 0; --i)
        std::swap(point_of[i], point_of[stream.below(i + 1)]);
    CHECK(automorphisms(relabelled(colours, point_of)).order == automorphisms(colours).order);
}

TEST_CASE("a graph that is too large is refused") {
    const PairPartition colours = symmetric_orbitals_of(trivial_group(200)); // 19 900 colours, 15 digits
    CHECK(automorphism_vertices(colours) == 3000);
    CHECK(automorphisms(colours).order == "1");
    const PairPartition larger = symmetric_orbitals_of(trivial_group(1200)); // 20 digits
    CHECK(tests::message_of<base::WorkError>([&] { return automorphisms(larger); }) ==
          "a graph of 24000 vertices stands for the matrix; automorphisms are searched up to 20000");
}
