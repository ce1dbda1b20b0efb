// Orbits of a permutation group on pairs of points, from its generators.
#include <fstream>
#include <string>

#include "limsym/symmetry/group_expression.hpp"
#include "limsym/symmetry/partition.hpp"
#include "measure.hpp"

namespace limsym::bench {

void pair_orbits(const std::string& expression, std::size_t runs, const std::string& generators_file) {
    const symmetry::Group group = symmetry::parse_group(expression, "EXPRESSION");
    const std::vector<symmetry::Permutation> generators = symmetry::generators(group);
    std::ofstream file(generators_file, std::ios::binary);
    for (const symmetry::Permutation& g : generators)
        file.write(reinterpret_cast<const char*>(g.data()), static_cast<std::streamsize>(g.size() * sizeof(g[0])));
    std::vector<double> times;
    std::size_t count = 0;
    for (std::size_t run = 0; run <= runs; ++run) {
        const double time = seconds([&] { count = symmetry::orbitals(group.degree(), generators).count(); });
        if (run > 0) times.push_back(time);
    }
    Record record;
    record.add("degree", static_cast<double>(group.degree()));
    record.add("generators", static_cast<double>(generators.size()));
    record.add("orbitals", static_cast<double>(count));
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
