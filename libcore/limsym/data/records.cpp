#include "limsym/data/records.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::data {

namespace {

constexpr const char* schema = "limsym/shard@1";
constexpr long long most = 1LL << 53;

/// One complete shard.
struct Part {
    std::string file;
    ShardLine end;
    std::vector<std::string> lines;
};

ShardLine closing_line(const Json& line, const std::string& place) {
    ObjectReader reader(line, place, "");
    reader.schema(schema, true);
    ShardLine end;
    end.command = reader.string("command", {});
    end.shard.index = static_cast<std::size_t>(reader.integer("shard", {}, 0, most));
    end.shard.count = static_cast<std::size_t>(reader.integer("of", {}, 1, most));
    end.total = static_cast<std::size_t>(reader.integer("total", {}, 0, most));
    end.job = reader.string("job", {});
    end.records_per_item = static_cast<std::size_t>(reader.integer("records_per_item", 1, 1, most));
    if (const Json* summary = reader.find("summary")) end.summary = to_text(*summary);
    end.records_sha256 = reader.string("records_sha256", "");
    if (end.shard.index >= end.shard.count) reader.fail("shard", "is out of range; expected less than \"of\"");
    return end;
}

bool is_closing_line(const Json& line) {
    const auto found = line.is_object() ? line.find("schema") : line.end();
    return found != line.end() && *found == schema;
}

Part read_part(const std::string& file) {
    Part part;
    part.file = file;
    std::optional<ShardLine> end;
    LineReader reader{base::InputFile(file)};
    std::string_view line;
    while (reader.next(line)) {
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        const std::string place = base::at_line(file, reader.line());
        if (end) throw base::InputError(place, "a line after the end of the shard; expected one shard in one file");
        const Json record = parse_json(line, file, reader.line());
        if (is_closing_line(record)) {
            end = closing_line(record, place);
        } else {
            part.lines.emplace_back(line);
        }
    }
    if (!end) throw base::InputError(file, "is no complete shard: its last line, limsym/shard@1, is missing");
    part.end = *end;
    base::Sha256 hash;
    for (const std::string& record : part.lines) {
        hash.update(record);
        hash.update("\n");
    }
    if (!part.end.records_sha256.empty() && hash.hex() != part.end.records_sha256)
        throw base::InputError(file, "is damaged: the checksum of its records does not match");
    return part;
}

std::string shard_name(const base::Shard& shard) {
    return "shard " + std::to_string(shard.index) + "/" + std::to_string(shard.count);
}

/// Both belong to one sweep.
void check_same_sweep(const Part& first, const Part& part) {
    const auto refuse = [&](const std::string& what, const std::string& found, const std::string& expected) {
        throw base::InputError(part.file, "is a shard of another sweep: " + what + " " + base::quoted(found) +
                                              "; expected " + base::quoted(expected) + " as in " + first.file);
    };
    if (part.end.command != first.end.command) refuse("its command is", part.end.command, first.end.command);
    if (part.end.job != first.end.job) refuse("its job is", part.end.job, first.end.job);
    if (part.end.shard.count != first.end.shard.count)
        refuse("its number of shards is", std::to_string(part.end.shard.count), std::to_string(first.end.shard.count));
    if (part.end.total != first.end.total)
        refuse("its number of items is", std::to_string(part.end.total), std::to_string(first.end.total));
    if (part.end.records_per_item != first.end.records_per_item)
        refuse("its number of records an item is", std::to_string(part.end.records_per_item),
               std::to_string(first.end.records_per_item));
}

} // namespace

std::string to_text(const ShardLine& line) {
    Json record{{"schema", schema},       {"command", line.command}, {"shard", line.shard.index},
                {"of", line.shard.count}, {"total", line.total},     {"job", line.job}};
    if (line.records_per_item != 1) record["records_per_item"] = line.records_per_item;
    if (!line.summary.empty()) record["summary"] = parse_json(line.summary, "summary");
    if (!line.records_sha256.empty()) record["records_sha256"] = line.records_sha256;
    return to_text(record);
}

std::string shard_text(const std::vector<Json>& records, ShardLine line) {
    std::string text;
    for (const Json& record : records)
        text += to_text(record) + "\n";
    line.records_sha256 = base::sha256_hex(text);
    return text + to_text(line) + "\n";
}

MergedRecords merge_records(const std::vector<std::string>& files, base::Partition rule) {
    if (files.empty()) throw base::InputError("no shards to merge; expected at least one file");
    std::map<std::size_t, Part> parts;
    const Part* first = nullptr;
    for (const std::string& file : files) {
        Part part = read_part(file);
        if (first != nullptr) check_same_sweep(*first, part);
        const base::Shard shard = part.end.shard;
        const std::uint64_t expected =
            base::saturating_product(shard.size(part.end.total, rule), part.end.records_per_item);
        if (part.lines.size() != expected)
            throw base::InputError(file, "holds " + std::to_string(part.lines.size()) + " records; expected " +
                                             std::to_string(expected) + " of " + shard_name(shard));
        const auto [place, fresh] = parts.emplace(shard.index, std::move(part));
        if (!fresh)
            throw base::InputError(file,
                                   shard_name(shard) + " is given twice; " + place->second.file + " holds it already");
        if (first == nullptr) first = &place->second;
    }
    const std::size_t count = first->end.shard.count;
    for (std::size_t k = 0; k < parts.size() || k < count; ++k)
        if (!parts.contains(k)) throw base::InputError(shard_name({k, count}) + " is missing");
    MergedRecords merged{first->end.command, first->end.job, first->end.summary, {}};
    const std::size_t each = first->end.records_per_item;
    merged.lines.resize(first->end.total * each);
    for (auto& [index, part] : parts) {
        for (std::size_t k = 0; k < part.lines.size(); ++k) {
            const std::size_t item = part.end.shard.item(k / each, part.end.total, rule);
            merged.lines[item * each + k % each] = std::move(part.lines[k]);
        }
    }
    return merged;
}

} // namespace limsym::data
