// The group type: text, degrees, orders and orbits against the oracle's table and against enumeration.
#include "limsym/symmetry/group.hpp"

#include <nlohmann/json.hpp>
#include <queue>
#include <set>

#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"
#include "limsym/symmetry/cube.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "limsym/symmetry/partition.hpp"
#include "limsym/symmetry/stabiliser_chain.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::symmetry;

namespace {

Group group_of(const std::string& text) {
    return parse_group(text, "--group");
}

PairPartition orbitals_of(const Group& group) {
    return orbitals(group.degree(), generators(group));
}

/// All elements, by closure.
std::set<Permutation> elements(const Group& group) {
    std::set<Permutation> all{identity_permutation(group.degree())};
    std::queue<Permutation> open({*all.begin()});
    while (!open.empty()) {
        const Permutation g = open.front();
        open.pop();
        for (const Permutation& s : generators(group)) {
            const Permutation h = compose(g, s);
            if (all.insert(h).second) open.push(h);
        }
    }
    return all;
}

/// Labels by first occurrence of the orbits on pairs, from the elements one by one.
std::vector<std::uint32_t> enumerated_labels(const std::set<Permutation>& group, std::size_t n) {
    constexpr auto none = static_cast<std::uint32_t>(-1);
    std::vector<std::uint32_t> labels(n * n, none);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            if (labels[i * n + j] != none) continue;
            for (const Permutation& g : group)
                labels[g[i] * n + g[j]] = next;
            ++next;
        }
    return labels;
}

std::string fault_of(const std::string& text) {
    return tests::message_of<base::InputError>([&] { return group_of(text); });
}

} // namespace

TEST_CASE("degrees, orders and orbits of the oracle's expressions") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/groups.json");
    for (const data::Json& row : golden["groups"]) {
        CAPTURE(row["expr"].get<std::string>());
        const Group group = group_of(row["expr"]);
        CHECK(to_text(group) == row["parsed"].get<std::string>());
        CHECK(group.degree() == row["degree"].get<std::size_t>());
        if (row["order"].is_string()) CHECK(group_order(group) == row["order"].get<std::string>());
        CHECK(orbits(group.degree(), generators(group)).sizes == row["orbit_sizes"].get<std::vector<std::uint64_t>>());
        const PairPartition all = orbitals_of(group);
        const PairPartition symmetric = symmetric_orbitals(all);
        CHECK(all.count() == row["orbitals"].get<std::size_t>());
        CHECK(symmetric.sizes == row["orbital_sizes_symmetric"].get<std::vector<std::uint64_t>>());
        CHECK(labels_sha256(symmetric) == row["labels_sha256"].get<std::string>());
        if (row.contains("labels_symmetric"))
            for (std::size_t i = 0; i < group.degree(); ++i)
                for (std::size_t j = 0; j < group.degree(); ++j)
                    REQUIRE(symmetric.label(i, j) == row["labels_symmetric"][i][j].get<std::uint32_t>());
    }
}

TEST_CASE("orders and orbitals agree with the enumeration of small groups") {
    for (const char* text :
         {"I1", "S1", "Z1", "I3", "S2", "Z4", "S4", "S3 + Z2", "S2 x Z3", "I2 wr S2", "S2 wr I3", "Z3 wr Z2",
          "(S2 + I1) wr (Z2 + I1)", "(I2 + S2) x (Z3 + I1)", "S2 wr S2 wr S2", "(Z2 x I2) wr Z3"}) {
        CAPTURE(text);
        const Group group = group_of(text);
        const std::set<Permutation> all = elements(group);
        CHECK(group_order(group) == std::to_string(all.size()));
        CHECK(group_order(generated_group(group.degree(), generators(group))) == std::to_string(all.size()));
        CHECK(orbitals_of(group).labels == enumerated_labels(all, group.degree()));
    }
}

TEST_CASE("counts of orbits and orbitals follow the sums and products of the factors") {
    struct Counts {
        std::size_t orbits, orbitals;
    };
    const auto counts = [](const Group& group) {
        return Counts{orbits(group.degree(), generators(group)).count(), orbitals_of(group).count()};
    };
    const std::vector<Group> atoms{trivial_group(3), cyclic_group(4), symmetric_group(3),
                                   direct_sum(symmetric_group(2), trivial_group(2))};
    for (const Group& a : atoms)
        for (const Group& b : atoms) {
            const Counts ca = counts(a);
            const Counts cb = counts(b);
            const Counts sum = counts(direct_sum(a, b));
            CHECK(sum.orbits == ca.orbits + cb.orbits);
            CHECK(sum.orbitals == ca.orbitals + cb.orbitals + 2 * ca.orbits * cb.orbits);
            const Counts product = counts(group_product(a, b));
            CHECK(product.orbits == ca.orbits * cb.orbits);
            CHECK(product.orbitals == ca.orbitals * cb.orbitals);
            const Counts wreath = counts(wreath_product(a, b));
            CHECK(wreath.orbits == ca.orbits * cb.orbits);
            CHECK(wreath.orbitals == ca.orbitals * cb.orbits + (cb.orbitals - cb.orbits) * ca.orbits * ca.orbits);
        }
}

TEST_CASE("stabiliser chains: orders of groups given by generators alone") {
    const auto order_of = [](const Group& group) {
        return group_order(generated_group(group.degree(), generators(group)));
    };
    for (const char* text : {"S3 wr S10", "S5 wr S5", "S2 wr S2 x S2 wr S2 x S4", "S20 + Z7 + S4", "Z4 wr Z3",
                             "sudoku:2", "S30", "S7", "Z5 wr S3 + S12"}) {
        CAPTURE(text);
        CHECK(order_of(group_of(text)) == group_order(group_of(text)));
    }
    // The alternating group of 12 points: cycles of three neighbours.
    std::vector<Permutation> cycles;
    for (std::uint32_t i = 0; i + 2 < 12; ++i) {
        Permutation& g = cycles.emplace_back(identity_permutation(12));
        g[i] = i + 1;
        g[i + 1] = i + 2;
        g[i + 2] = i;
    }
    CHECK(group_order(generated_group(12, cycles)) == "239500800");
    // Mathieu's group on 11 points, sharply four times transitive.
    const Permutation shift{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0};
    const Permutation other{0, 1, 6, 9, 5, 3, 10, 2, 8, 4, 7}; // (2 6 10 7)(3 9 4 5)
    CHECK(group_order(generated_group(11, {shift, other})) == "7920");
}

TEST_CASE("the cube") {
    const Group facelets = generated_group(cube_facelets, cube_moves());
    CHECK(group_order(facelets) == "1038048078587756544000");
    CHECK(orbits(54, generators(facelets)).sizes == std::vector<std::uint64_t>{24, 24, 6});
    CHECK(orbitals_of(facelets).count() == 16);
    CHECK(symmetric_orbitals(orbitals_of(facelets)).count() == 12);
    std::vector<Permutation> faces = cube_moves();
    faces.resize(6);
    CHECK(group_order(generated_group(cube_facelets, faces)) == "43252003274489856000");
    CHECK(orbitals(54, faces).count() == 69);
    CHECK(group_order(generated_group(6, cube_colour_rotations())) == "24");
    const Group cube = group_of("cube");
    CHECK(cube.degree() == 324);
    CHECK(group_order(cube) == "24913153886106157056000");
    CHECK(orbits(324, generators(cube)).count() == 3);
    CHECK(orbitals_of(cube).count() == 48);
    CHECK(symmetric_orbitals(orbitals_of(cube)).count() == 36);
    const std::vector<std::vector<std::uint32_t>> pieces = cube_pieces();
    CHECK(pieces.size() == 26);
    for (const Permutation& move : cube_moves()) { // pieces stay whole
        for (const auto& piece : pieces) {
            std::vector<std::uint32_t> image;
            for (const std::uint32_t facelet : piece)
                image.push_back(move[facelet]);
            bool found = false; // up to the facelet named first: turns keep the sense in which facelets are listed
            for (std::size_t turn = 0; turn < image.size(); ++turn) {
                std::rotate(image.begin(), image.begin() + 1, image.end());
                found = found || std::count(pieces.begin(), pieces.end(), image) == 1;
            }
            CHECK(found);
        }
    }
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/cube.json");
    for (std::size_t m = 0; m < cube_move_names.size(); ++m)
        CHECK(cube_moves()[m] == golden["moves"][std::string(1, cube_move_names[m])].get<Permutation>());
}

TEST_CASE("named groups") {
    const Group sudoku = group_of("sudoku");
    CHECK(sudoku.degree() == 729);
    CHECK(to_text(sudoku) == "sudoku");
    const PairPartition labels = symmetric_orbitals(orbitals_of(sudoku));
    CHECK(labels.count() == 18);
    CHECK(labels_sha256(labels) ==
          labels_sha256(symmetric_orbitals(orbitals_of(group_of("S3 wr S3 x S3 wr S3 x S9")))));
    const Group transposed = group_of("sudoku-t");
    CHECK(symmetric_orbitals(orbitals_of(transposed)).count() == 12);
    CHECK(group_order(transposed) == "1218998108160"); // 2 * 1296^2 * 9!
    CHECK(group_of("latin:4").degree() == 64);
    CHECK(to_text(group_of("sudoku:2 + latin:3 x I2")) == "(sudoku:2 + (latin:3 x I2))");
}

TEST_CASE("what is wrong with an expression is told with its place") {
    CHECK(fault_of("S3 wr") == "--group: 'S3 wr': character 6: a group is missing; expected S9, Z5, I3, gens:FILE, "
                               "sudoku, ...");
    CHECK(fault_of("S0") == "--group: 'S0': character 1: 'S0' has no point; expected a degree >= 1");
    CHECK(fault_of("S3 x (Z2 + S0)").find("character 12: 'S0'") != std::string::npos);
    CHECK(fault_of("(S3 x Z2").find("character 9: ')' is missing for '(' at character 1") != std::string::npos);
    CHECK(fault_of("S3 S4").find("character 4: 'S4' is unexpected") != std::string::npos);
    CHECK(fault_of("sudok").find("did you mean sudoku?") != std::string::npos);
    CHECK(fault_of("S99999 x S99999").find("9999800001 points") != std::string::npos);
    CHECK(fault_of("S99999999999999999999").find("too large") != std::string::npos);
    CHECK(fault_of("latin:0").find("expected 1..1290") != std::string::npos);
    CHECK(fault_of("").find("character 1: a group is missing") != std::string::npos);
    CHECK(fault_of(std::string(5000, '(')).find("nested too deeply") != std::string::npos);
    std::string long_sum = "S1";
    for (int k = 0; k < 2000; ++k)
        long_sum += " + S1";
    CHECK(fault_of(long_sum).find("more than 1000 groups") != std::string::npos);
}

TEST_CASE("generators from files") {
    const tests::TemporaryFolder folder;
    const auto read = [&](const std::string& text, const std::string& name = "g.txt") {
        return group_of("gens:" + folder.file(name, text));
    };
    const Group cycles = read("# two of them\n(1,2,3)(4,5)\n\n (6,7) # swap\n");
    CHECK(cycles.degree() == 7);
    CHECK(generators(cycles) == std::vector<Permutation>{{1, 2, 0, 4, 3, 5, 6}, {0, 1, 2, 3, 4, 6, 5}});
    CHECK(group_order(cycles) == "12");
    CHECK(generators(read("[[1,2,0,4,3,5,6],[0,1,2,3,4,6,5]]", "g.json")) == generators(cycles));
    CHECK(generators(read("1 2 0 4 3 5 6\n0,1,2,3,4,6,5\n")) == generators(cycles));
    CHECK(generators(read(R"({"schema":"limsym/permutation-symmetry@1","n":7,"generators":[[1,2,0,4,3,5,6]]})")) ==
          std::vector<Permutation>{{1, 2, 0, 4, 3, 5, 6}});
    CHECK(read(R"({"schema":"limsym/permutation-symmetry@1","n":7,"generators":[]})").degree() == 7);
    CHECK(parse_group("gens:" + folder.file("c.txt", "(1,2)"), "--group", 5).degree() == 5);
    const auto fault = [&](const std::string& text) {
        const std::string message = tests::message_of<base::InputError>([&] { return read(text, "f"); });
        return message.substr(std::min(message.size(), folder.file("f").size()));
    };
    CHECK(fault("1 0 2\n1 1 0\n") == ":2: image 1 is repeated");
    CHECK(fault("1 0 2\n1 0\n") == ":2: 2 images; expected 3");
    CHECK(fault("1 3 0\n") == ":1: image 3 is outside 0..2");
    CHECK(fault("1 -1 0\n") == ":1: '-1' is no point; expected a whole number >= 0");
    CHECK(fault("(1,2)(2,3)") == ":1: point 2 is repeated");
    CHECK(fault("(1,2").find(":1: '(1,2' is no cycle") == 0);
    CHECK(fault("(0,1)").find(":1: '0' is no point; expected a whole number >= 1") == 0);
    CHECK(fault("[[1,0],[0,0]]") == ":/1: image 0 is repeated");
    CHECK(fault("[[1,2]]").find(":/0/1: is no image") == 0);
    CHECK(fault("").find(": holds no permutation") == 0);
    CHECK(
        fault(R"({"schema":"limsym/permutation-symmetry@1","n":7,"generators":null})").find(":/generators: is null") ==
        0);
}

TEST_CASE("relabelled groups act on variables as the group on their points") {
    const Group group = group_of("Z3 wr S2 + I2");
    const Permutation point_of{3, 7, 1, 0, 6, 2, 5, 4};
    const Group moved = relabelled_group(group, point_of);
    CHECK(to_text(moved) == to_text(group));
    CHECK_FALSE(is_expression(moved));
    CHECK(group_order(moved) == group_order(group));
    CHECK(orbitals_of(moved).labels == relabelled(orbitals_of(group), point_of).labels);
    const Group again = read_group(group_json(moved), "m.json", "/group");
    CHECK(orbitals_of(again).labels == orbitals_of(moved).labels);
    CHECK(to_text(read_group(group_json(group), "m.json", "/group")) == to_text(group));
}

TEST_CASE("the Reynolds projection") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/projection.json");
    for (const data::Json& row : golden["cases"]) {
        CAPTURE(row["expr"].get<std::string>());
        const Group group = group_of(row["expr"]);
        const PairPartition partition = symmetric_orbitals(orbitals_of(group));
        const std::size_t n = group.degree();
        arma::mat matrix(n, n);
        arma::mat wanted(n, n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                matrix(i, j) = row["C"]["data"][i][j];
                wanted(i, j) = row["projected"]["data"][i][j];
            }
        const arma::vec means = class_means(matrix, partition);
        const std::vector<double> values = row["values"];
        REQUIRE(means.n_elem == values.size());
        for (std::size_t k = 0; k < values.size(); ++k)
            CHECK(means[k] == doctest::Approx(values[k]).epsilon(1e-10));
        const arma::mat projected = expanded(means, partition);
        CHECK(arma::approx_equal(projected, wanted, "absdiff", 1e-10));
        CHECK(relative_residual(matrix, means, partition) ==
              doctest::Approx(row["residual_rel"].get<double>()).epsilon(1e-9));
        // Projecting again changes nothing.
        CHECK(arma::approx_equal(expanded(class_means(projected, partition), partition), projected, "absdiff", 1e-14));
        CHECK(relative_residual(projected, means, partition) < 1e-14);
    }
    const PairPartition all = orbitals_of(symmetric_group(3));
    CHECK(relative_residual(arma::mat(3, 3, arma::fill::zeros), arma::vec{0, 0}, all) == 0);
}
