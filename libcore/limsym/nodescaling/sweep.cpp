#include "limsym/nodescaling/sweep.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"

namespace limsym::nodescaling {

namespace {

constexpr const char* schema = "limsym/node-sweep@1";

/// Mean and standard deviation of a field over the rows that have it.
void add_statistics(const std::vector<const data::Json*>& rows, const std::string& field, data::Json& to) {
    std::vector<double> values;
    bool known = false;
    for (const data::Json* row : rows) {
        const auto found = row->find(field);
        if (found == row->end()) continue;
        known = true;
        if (found->is_number()) values.push_back(found->get<double>());
    }
    if (!known) return;
    double sum = 0.0;
    for (const double value : values)
        sum += value;
    const auto count = static_cast<double>(values.size());
    const double mean = sum / count;
    double squares = 0.0;
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    to[field + "_mean"] = values.empty() ? data::Json() : data::Json(mean);
    if (values.empty()) to[field + "_mean_reason"] = "no run has this value";
    to[field + "_sd"] = values.size() < 2 ? data::Json() : data::Json(std::sqrt(squares / (count - 1.0)));
    if (values.size() < 2) to[field + "_sd_reason"] = "fewer than two runs";
}

/// A shard as it was read.
struct Part {
    std::string file;
    data::Json head; ///< everything before shard
    base::Shard shard;
    data::Json rows;
};

Part read_part(const std::string& file) {
    data::Json document = data::read_json(file);
    data::ObjectReader reader(document, file, "");
    reader.schema(schema, true);
    Part part;
    part.file = file;
    if (!reader.has("shard")) throw base::InputError(file, "is no shard; expected the result of sweep --shard I/N");
    data::ObjectReader shard(reader.at("shard"), file, "/shard");
    part.shard.count = static_cast<std::size_t>(shard.integer("count", std::nullopt, 1, 1'000'000'000));
    part.shard.index =
        static_cast<std::size_t>(shard.integer("index", std::nullopt, 0, static_cast<long long>(part.shard.count) - 1));
    shard.finish();
    part.rows = reader.at("rows");
    if (!part.rows.is_array()) reader.fail("rows", "expected an array");
    for (const char* key : {"tool", "version", "seed", "options"})
        static_cast<void>(reader.find(key));
    reader.finish();
    for (const auto& [key, value] : document.items())
        if (key != "shard" && key != "rows") part.head[key] = value;
    return part;
}

} // namespace

std::vector<GridPoint> grid_points(const std::vector<GridAxis>& axes) {
    std::vector<GridPoint> points(1);
    for (const GridAxis& axis : axes) {
        std::vector<GridPoint> next;
        for (const GridPoint& point : points)
            for (const double value : axis.values) {
                next.push_back(point);
                if (axis.key == "gamma") next.back().gamma = value;
                if (axis.key == "alpha") next.back().alpha = value;
                if (axis.key == "m") next.back().m = static_cast<std::size_t>(value);
                if (axis.key == "seed") next.back().seed = static_cast<std::uint64_t>(value);
            }
        points = std::move(next);
    }
    return points;
}

data::Json summarise_sweep(const data::Json& rows) {
    std::vector<data::Json> settings;
    std::vector<std::vector<const data::Json*>> members;
    std::map<std::string, std::size_t> known;
    for (const data::Json& row : rows) {
        data::Json setting = data::Json::object();
        for (const char* key : {"gamma", "alpha", "m"})
            if (const auto found = row.find(key); found != row.end()) setting[key] = *found;
        const auto [at, added] = known.emplace(data::to_text(setting), settings.size());
        if (added) {
            settings.push_back(std::move(setting));
            members.emplace_back();
        }
        members[at->second].push_back(&row);
    }
    data::Json summary = data::Json::array();
    for (std::size_t i = 0; i < settings.size(); ++i) {
        data::Json line = settings[i];
        line["runs"] = members[i].size();
        for (const char* field : {"train_loss", "test_loss", "ntg_eigmin", "wdiff_max"})
            add_statistics(members[i], field, line);
        summary.push_back(std::move(line));
    }
    return summary;
}

data::Json sweep_document(data::Json head, const data::Json& rows, const std::optional<base::Shard>& shard) {
    if (shard) head["shard"] = {{"index", shard->index}, {"count", shard->count}};
    head["rows"] = rows;
    if (!shard) head["summary"] = summarise_sweep(rows);
    return head;
}

data::Json merge_sweep(const std::vector<std::string>& files) {
    std::map<std::size_t, Part> parts;
    std::string first;
    for (const std::string& file : files) {
        Part part = read_part(file);
        if (parts.empty()) {
            first = file;
        } else {
            const Part& other = parts.begin()->second;
            if (part.shard.count != other.shard.count)
                throw base::InputError(file, "is a shard of " + std::to_string(part.shard.count) + "; " + first +
                                                 " is one of " + std::to_string(other.shard.count));
            for (const auto& [key, value] : other.head.items())
                if (!part.head.contains(key) || part.head[key] != value)
                    throw base::InputError(file, "is a shard of another sweep: its " + key + " differs from that of " +
                                                     first);
        }
        const std::size_t index = part.shard.index;
        const auto [at, added] = parts.emplace(index, std::move(part));
        if (!added)
            throw base::InputError(file, "is shard " + std::to_string(index) + "/" +
                                             std::to_string(at->second.shard.count) + " again, as " + at->second.file);
    }
    const std::size_t count = parts.begin()->second.shard.count;
    std::size_t total = 0;
    for (std::size_t index = 0; index < count; ++index) {
        if (!parts.contains(index))
            throw base::InputError("shard " + std::to_string(index) + "/" + std::to_string(count) + " is missing");
        total += parts.at(index).rows.size();
    }
    for (const auto& [index, part] : parts)
        if (part.rows.size() != part.shard.size(total, base::Partition::modulo))
            throw base::InputError(part.file, std::to_string(part.rows.size()) + " rows; expected " +
                                                  std::to_string(part.shard.size(total, base::Partition::modulo)));
    data::Json rows = data::Json::array();
    for (std::size_t row = 0; row < total; ++row)
        rows.push_back(parts.at(row % count).rows[row / count]);
    return sweep_document(parts.begin()->second.head, rows, std::nullopt);
}

} // namespace limsym::nodescaling
