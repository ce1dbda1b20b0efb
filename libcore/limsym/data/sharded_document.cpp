#include "limsym/data/sharded_document.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"

namespace limsym::data {

namespace {

struct Part {
    std::string file;
    base::Shard shard;
    Json rows;
    Json rest; ///< without shard, rows and seconds, which are null to keep the order of keys
};

std::string shard_name(const base::Shard& shard) {
    return "shard " + std::to_string(shard.index) + "/" + std::to_string(shard.count);
}

Part read_part(const std::string& file, const std::vector<std::string>& schemas) {
    Part part{file, {}, {}, read_json(file)};
    ObjectReader reader(part.rest, file, "");
    const std::string schema = reader.string("schema", std::nullopt);
    if (std::find(schemas.begin(), schemas.end(), schema) == schemas.end())
        throw base::InputError(base::at_pointer(file, "/schema"),
                               base::quoted(schema) + "; expected " + base::join(schemas, " or "));
    if (!reader.has("shard")) throw base::InputError(file, "has no \"shard\"; expected a document that --shard wrote");
    ObjectReader shard(reader.at("shard"), file, "/shard");
    constexpr long long most = 1'000'000'000;
    part.shard.count = static_cast<std::size_t>(shard.integer("count", std::nullopt, 1, most));
    part.shard.index =
        static_cast<std::size_t>(shard.integer("index", std::nullopt, 0, static_cast<long long>(part.shard.count) - 1));
    const Json& rows = reader.at("rows");
    if (!rows.is_array()) throw base::InputError(base::at_pointer(file, "/rows"), "expected an array");
    part.rows = rows;
    part.rest.erase("shard");
    part.rest.erase("seconds");
    part.rest["rows"] = nullptr;
    return part;
}

// The pointer of the first place in which b differs from a.
std::string difference(const Json& a, const Json& b, const std::string& pointer) {
    if (!a.is_object() || !b.is_object()) return pointer;
    for (const auto& [key, value] : a.items()) {
        if (!b.contains(key)) return pointer + "/" + key;
        if (b.at(key) != value) return difference(value, b.at(key), pointer + "/" + key);
    }
    for (const auto& [key, value] : b.items())
        if (!a.contains(key)) return pointer + "/" + key;
    return pointer;
}

void check_same_document(const Part& first, const Part& part) {
    if (part.shard.count != first.shard.count)
        throw base::InputError(base::at_pointer(part.file, "/shard/count"),
                               shard_name(part.shard) + " beside " + shard_name(first.shard) + " of " + first.file);
    if (part.rest == first.rest) return;
    const std::string pointer = difference(first.rest, part.rest, "");
    const auto text = [&](const Json& document) {
        const Json::json_pointer place(pointer);
        return document.contains(place) ? base::quoted(to_text(document.at(place))) : std::string("nothing");
    };
    throw base::InputError(base::at_pointer(part.file, pointer),
                           shard_name(part.shard) + " is of another run: " + text(part.rest) + "; expected " +
                               text(first.rest) + " as in " + first.file);
}

} // namespace

Json shard_json(const base::Shard& shard) {
    return {{"index", shard.index}, {"count", shard.count}};
}

Json merge_documents(const std::vector<std::string>& files, const std::vector<std::string>& schemas) {
    if (files.empty()) throw base::InputError("no shards to merge; expected at least one file");
    std::map<std::size_t, Part> parts;
    const Part* first = nullptr;
    std::size_t total = 0;
    for (const std::string& file : files) {
        Part part = read_part(file, schemas);
        if (first != nullptr) check_same_document(*first, part);
        const auto [place, fresh] = parts.emplace(part.shard.index, std::move(part));
        if (!fresh)
            throw base::InputError(file, shard_name(place->second.shard) + " is given twice; " + place->second.file +
                                             " holds it already");
        if (first == nullptr) first = &place->second;
        total += place->second.rows.size();
    }
    const std::size_t count = first->shard.count;
    for (std::size_t k = 0; k < count; ++k)
        if (!parts.contains(k)) throw base::InputError(shard_name({k, count}) + " is missing");
    Json result = std::move(parts.begin()->second.rest);
    Json rows = Json::array();
    for (std::size_t r = 0; r < total; ++r) {
        Part& part = parts.at(r % count);
        if (r / count >= part.rows.size())
            throw base::InputError(base::at_pointer(part.file, "/rows"),
                                   std::to_string(part.rows.size()) + " rows in " + shard_name(part.shard) +
                                       "; expected " + std::to_string(part.shard.size(total, base::Partition::modulo)) +
                                       " of " + std::to_string(total));
        rows.push_back(std::move(part.rows[r / count]));
    }
    result["rows"] = std::move(rows);
    return result;
}

} // namespace limsym::data
