use super::*;
use crate::digest::sha256;
use crate::network::seeded;
use crate::protobuf::{Fields, Value};

fn features_only(batch: ExportBatch) -> ExportOptions {
    ExportOptions { batch, logits: false, weights_sha256: None }
}

fn fields(message: &[u8]) -> Vec<(u64, Value<'_>)> {
    Fields::of(message).collect::<Result<_, _>>().unwrap()
}

fn all(bytes: &[u8], field: u64) -> Vec<&[u8]> {
    let pick = |(number, value)| match value {
        Value::Bytes(bytes) if number == field => Some(bytes),
        _ => None,
    };
    fields(bytes).into_iter().filter_map(pick).collect()
}

fn text(bytes: &[u8], field: u64) -> Vec<String> {
    all(bytes, field).into_iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
}

fn graph(model: &[u8]) -> &[u8] {
    all(model, 7)[0]
}

fn count(model: &[u8], op: &str) -> usize {
    all(graph(model), 1).into_iter().filter(|node| text(node, 4) == [op]).count()
}

#[test]
fn equal_weights_give_equal_bytes() {
    let options = features_only(ExportBatch::Dynamic);
    let first = export(&seeded(Network::LightCnn9, 9001, 0), &options).unwrap();
    let second = export(&seeded(Network::LightCnn9, 9001, 16), &options).unwrap();
    assert!(first == second, "the head must leave no trace in a features-only file");
    let other = export(&seeded(Network::LightCnn9, 9002, 0), &options).unwrap();
    assert!(first != other);
}

/// The producer's version is part of the file, so the digest is taken over the graph.
#[test]
fn bytes_stay_the_same_across_versions() {
    let model = export(&seeded(Network::LightCnn9, 9001, 0), &features_only(ExportBatch::Dynamic)).unwrap();
    assert_eq!(sha256(graph(&model)), "e49dfde6bb9d28e1cc653fee99c3d4febd89404bbeadd7c11d2ad2ebfe80c200");
}

/// Nodes per network, counted in the official code: convolutions, pools, residual sums.
#[test]
fn every_layer_becomes_its_nodes() {
    for (network, convolutions, max_pools, average_pools, adds, splits) in [
        (Network::LightCnn9, 9, 4, 0, 0, 10),
        (Network::LightCnn29, 29, 4, 0, 10, 30),
        (Network::LightCnn29V2, 29, 4, 4, 14, 29),
        (Network::LightCnnV4, 25, 4, 4, 14, 25),
    ] {
        let model = export(&seeded(network, 9001, 0), &features_only(ExportBatch::Dynamic)).unwrap();
        assert_eq!(count(&model, "Conv"), convolutions, "{network}");
        assert_eq!(count(&model, "MaxPool"), max_pools, "{network}");
        assert_eq!(count(&model, "AveragePool"), average_pools, "{network}");
        assert_eq!(count(&model, "Add"), adds, "{network}");
        assert_eq!(count(&model, "Split"), splits, "{network}");
        assert_eq!(count(&model, "Max"), splits, "{network}");
        assert_eq!(count(&model, "Gemm"), 1, "{network}");
        assert_eq!(count(&model, "Flatten"), 1, "{network}");
    }
}

/// Every value a node reads was made before it, every value is made once, and the initializers are the
/// network's parameters with their shapes and as many bytes.
#[test]
fn the_graph_is_sorted_and_complete() {
    for network in Network::ALL {
        let model = export(&seeded(network, 9001, 0), &features_only(ExportBatch::Dynamic)).unwrap();
        let mut known: Vec<String> = vec![INPUT_NAME.into()];
        let mut tensors = Vec::new();
        for tensor in all(graph(&model), 5) {
            let name = text(tensor, 8).remove(0);
            let dims: Vec<usize> = fields(tensor)
                .into_iter()
                .filter_map(|(field, value)| match value {
                    Value::Varint(side) if field == 1 => Some(side as usize),
                    _ => None,
                })
                .collect();
            assert_eq!(all(tensor, 9)[0].len(), 4 * dims.iter().product::<usize>(), "{network} {name}");
            known.push(name.clone());
            tensors.push((name, dims));
        }
        let expected: Vec<_> = network.parameters().into_iter().map(|p| (p.name, p.shape)).collect();
        assert_eq!(tensors, expected, "{network}");
        for node in all(graph(&model), 1) {
            for input in text(node, 1) {
                assert!(known.contains(&input), "{network}: {input} is read before it is made");
            }
            assert_eq!(text(node, 3)[0], text(node, 2)[0], "a node is named like its first output");
            for output in text(node, 2) {
                assert!(!known.contains(&output), "{network}: {output} is made twice");
                known.push(output);
            }
        }
        assert!(known.contains(&FEATURE_NAME.to_string()));
    }
}

#[test]
fn batch_is_a_symbol_or_a_number() {
    let weights = seeded(Network::LightCnn9, 9001, 0);
    let first_dim = |batch| {
        let model = export(&weights, &features_only(batch)).unwrap();
        let dims = |value: &[u8]| {
            let shape = all(all(all(value, 2)[0], 1)[0], 2)[0].to_vec();
            all(&shape, 1).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let (input, output) = (dims(all(graph(&model), 11)[0]), dims(all(graph(&model), 12)[0]));
        assert_eq!((input.len(), output.len()), (4, 2));
        assert_eq!(input[0], output[0]);
        input[0].clone()
    };
    assert_eq!(first_dim(ExportBatch::Dynamic), b"\x12\x01N");
    assert_eq!(first_dim(ExportBatch::Fixed(NonZeroU32::new(8).unwrap())), [0x08, 8]);
}

#[test]
fn logits_come_first_and_need_a_head() {
    let options = ExportOptions { logits: true, ..features_only(ExportBatch::Dynamic) };
    for (network, gemm_inputs) in [(Network::LightCnn9, 3), (Network::LightCnn29V2, 2)] {
        let model = export(&seeded(network, 9001, 16), &options).unwrap();
        let outputs: Vec<String> =
            all(graph(&model), 12).into_iter().map(|output| text(output, 1).remove(0)).collect();
        assert_eq!(outputs, [LOGITS_NAME, FEATURE_NAME]);
        let nodes = all(graph(&model), 1);
        assert_eq!(text(nodes[nodes.len() - 1], 1).len(), gemm_inputs, "{network}");
    }
    let refused = export(&seeded(Network::LightCnnV4, 9001, 0), &options);
    assert_eq!(refused, Err(NoHead { network: Network::LightCnnV4 }));
}

#[test]
fn metadata_names_network_and_weights() {
    let options =
        ExportOptions { weights_sha256: Some("ab12".into()), ..features_only(ExportBatch::Dynamic) };
    let model = export(&seeded(Network::LightCnn9, 9001, 0), &options).unwrap();
    let entries: Vec<(String, String)> = all(&model, 14)
        .into_iter()
        .map(|entry| (text(entry, 1).remove(0), text(entry, 2).remove(0)))
        .collect();
    let expected = [("network", "lightcnn9"), ("weights_sha256", "ab12")];
    assert_eq!(entries, expected.map(|(key, value)| (key.to_string(), value.to_string())));
}
