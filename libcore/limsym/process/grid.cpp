#include "limsym/process/grid.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::process {

namespace {

std::vector<double> grid_numbers(data::ObjectReader& reader, const std::string& key, bool zero_allowed) {
    if (reader.find(key) == nullptr) return {};
    std::vector<double> values = reader.numbers(key);
    if (values.empty()) reader.fail(key, "is empty; expected numbers");
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] < 0.0 || (values[i] == 0.0 && !zero_allowed))
            throw base::InputError(base::at_pointer(reader.file(), reader.pointer_to(key) + "/" + std::to_string(i)),
                                   base::number_text(values[i]) + " is out of range; expected " +
                                       (zero_allowed ? ">= 0" : "> 0"));
    return values;
}

} // namespace

std::size_t Grid::size() const {
    const auto length = [](std::size_t n) { return std::max<std::size_t>(n, 1); };
    return length(sigma_w.size()) * length(sigma_b.size()) * length(noise.size()) * length(scale_prior.size());
}

Grid read_grid(const std::string& file) {
    const data::Json document = data::read_json(file);
    data::ObjectReader reader(document, file, "");
    Grid grid;
    grid.sigma_w = grid_numbers(reader, "sigma_w", false);
    grid.sigma_b = grid_numbers(reader, "sigma_b", true);
    grid.noise = grid_numbers(reader, "noise", true);
    if (const data::Json* priors = reader.find("scale_prior")) {
        if (!priors->is_array() || priors->empty())
            reader.fail("scale_prior", "is no list of priors; expected [\"inverse_gamma:alpha=2,beta=2\", ...]");
        for (std::size_t i = 0; i < priors->size(); ++i) {
            const std::string pointer = reader.pointer_to("scale_prior") + "/" + std::to_string(i);
            if (!(*priors)[i].is_string())
                throw base::InputError(base::at_pointer(file, pointer), "is no text; expected a scale prior");
            grid.scale_prior.push_back(
                parse_scale_prior((*priors)[i].get<std::string>(), base::at_pointer(file, pointer)));
        }
    }
    reader.finish();
    return grid;
}

data::Json to_json(const Grid& grid) {
    data::Json value = data::Json::object();
    if (!grid.sigma_w.empty()) value["sigma_w"] = grid.sigma_w;
    if (!grid.sigma_b.empty()) value["sigma_b"] = grid.sigma_b;
    if (!grid.noise.empty()) value["noise"] = grid.noise;
    if (!grid.scale_prior.empty()) {
        std::vector<std::string> texts;
        for (const ScalePrior& prior : grid.scale_prior)
            texts.push_back(to_text(prior));
        value["scale_prior"] = std::move(texts);
    }
    return value;
}

} // namespace limsym::process
