#include "start_options.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

namespace {

bool is_list(const std::string& text) {
    return text.find_first_not_of("0123456789, ") == std::string::npos;
}

std::vector<std::uint32_t> read_order(const std::string& text, const satnet::Model& model, const std::string& place) {
    std::vector<std::uint32_t> order;
    std::vector<bool> seen(model.order(), false);
    std::size_t at = 0;
    while (at < text.size()) {
        if (std::string_view(", \t\r\n[]").find(text[at]) != std::string_view::npos) {
            ++at;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(", \t\r\n]", at), text.size());
        const std::string word = text.substr(at, end - at);
        at = end;
        const std::optional<std::int64_t> value = base::parse_integer(word);
        if (!value || *value < 1 || static_cast<std::size_t>(*value) >= model.order())
            throw base::InputError(place, "'" + base::quoted(word) + "' is no variable; expected 1.." +
                                              std::to_string(model.order() - 1));
        const auto variable = static_cast<std::uint32_t>(*value);
        if (seen[variable]) throw base::InputError(place, "variable " + word + " is named twice; expected once");
        seen[variable] = true;
        order.push_back(variable);
    }
    return order;
}

} // namespace

void declare(cli::Command& command, StartOptions& options) {
    command.group("Start");
    command.input(options.init, "--init",
                  "matrix V of n+1+aux rows and k columns: rows of unknown variables are normalised, of known "
                  "fractions the sign of column 2 is used");
    command.text(options.order, "--order", "LIST|FILE",
                 "variables in the order of visits, each unknown one once (known ones are skipped)");
}

StartSource read_start(const StartOptions& options, const satnet::Model& model, cli::Context& context) {
    StartSource source;
    source.seed = context.seed();
    if (options.init) {
        source.init_name = *options.init;
        source.init = data::read_matrix({context.source(*options.init).file, std::nullopt, ""});
        if (source.init->n_rows != model.order())
            throw base::InputError(*options.init, std::to_string(source.init->n_rows) +
                                                      " rows; expected n + 1 + aux = " + std::to_string(model.order()));
        if (source.init->n_cols < 2) throw base::InputError(*options.init, "1 column; expected k >= 2");
    }
    if (options.order) {
        const bool listed = is_list(*options.order);
        source.order_name = listed ? "--order" : *options.order;
        source.order =
            read_order(listed ? *options.order : base::InputFile(context.source(*options.order).file).read_all(), model,
                       source.order_name);
    }
    return source;
}

satnet::Start start_of(const StartSource& source, const satnet::Model& model, const std::vector<double>& x,
                       std::uint64_t index) {
    const std::size_t k = source.init ? source.init->n_cols : model.k;
    satnet::Start start = satnet::random_start(x, model.aux, k, source.seed, "forward", index);
    if (source.order) {
        const std::size_t wanted = start.order.size();
        std::vector<std::uint32_t> order;
        for (const std::uint32_t i : *source.order)
            if (i > x.size() || satnet::is_unknown(x[i - 1])) order.push_back(i);
        if (order.size() != wanted)
            throw base::InputError(source.order_name, "names " + std::to_string(order.size()) +
                                                          " unknown variables; expected all " + std::to_string(wanted));
        // Directions stay with their variables.
        std::vector<double> directions(start.directions.size());
        std::vector<std::size_t> position(model.order(), 0);
        for (std::size_t p = 0; p < wanted; ++p)
            position[start.order[p]] = p;
        for (std::size_t p = 0; p < wanted; ++p)
            std::copy_n(start.directions.begin() + static_cast<std::ptrdiff_t>(position[order[p]] * k), k,
                        directions.begin() + static_cast<std::ptrdiff_t>(p * k));
        start.order = std::move(order);
        start.directions = std::move(directions);
    }
    if (source.init) {
        const arma::mat& V = *source.init;
        for (std::size_t p = 0; p < start.order.size(); ++p) {
            bool zero = true;
            for (std::size_t l = 0; l < k; ++l) {
                start.directions[p * k + l] = V(start.order[p], l);
                zero = zero && V(start.order[p], l) == 0.0;
            }
            if (zero)
                throw base::InputError(source.init_name, "row " + std::to_string(start.order[p] + 1) +
                                                             " is zero; expected a direction for unknown variable " +
                                                             std::to_string(start.order[p]));
        }
        for (std::size_t i = 0; i < x.size(); ++i)
            start.sides[i] = V(i + 1, 1) < 0.0 ? -1 : 1;
    }
    return start;
}

} // namespace limsym::tools
