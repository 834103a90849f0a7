//! Runs any offline model with raw tensors: `run_om MODEL.om [--device N] [--batch N] INPUT... [--output FILE...]`.
//!
//! An input is a file with the bytes of one tensor, or `-` for zeros; without inputs the model is only described. Each
//! output is written to its file, or its first values are printed.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ascend::{Context, DataType, Model, Role, Runtime, Slot, Stream, Tensor};

struct Arguments {
    model: PathBuf,
    device: i32,
    batch: Option<u64>,
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let runtime = Runtime::open()?;
    let device = runtime.device(arguments.device)?;
    let context = Context::new(&device)?;
    let stream = Stream::new(&context)?;
    let model = Model::load(&stream, &arguments.model)?;
    let description = model.description();
    println!("device {} is {}", device.id(), runtime.soc_name().unwrap_or("unknown"));
    println!("batch sizes: {:?}", description.gears);
    for (what, tensors) in [("input", &description.inputs), ("output", &description.outputs)] {
        for (index, Tensor { name, data_type, format, dims, size, .. }) in tensors.iter().enumerate() {
            println!("{what} {index}: {name} {data_type} {format} {dims:?}, {size} bytes");
        }
    }
    if arguments.inputs.is_empty() {
        return Ok(());
    }

    let wanted: Vec<usize> = (0..description.outputs.len()).collect();
    let mut slot = Slot::new(&model, &wanted)?;
    if let Some(batch) = arguments.batch {
        slot.set_batch(batch)?;
    }
    let mut files = arguments.inputs.iter();
    for (index, input) in description.inputs.iter().enumerate() {
        if input.role != Role::Data {
            continue;
        }
        let room = slot.input_mut(index)?;
        let file = files.next().ok_or_else(|| format!("no file for input {index}, {}", input.name))?;
        if file.as_os_str() == "-" {
            continue;
        }
        let bytes = std::fs::read(file)?;
        if bytes.len() != room.len() {
            return Err(
                format!("{}: {} bytes, {} are needed", file.display(), bytes.len(), room.len()).into()
            );
        }
        room.copy_from_slice(&bytes);
    }

    let start = Instant::now();
    let slot = model.start(slot)?.wait(Duration::from_secs(60))?;
    println!("ran in {:.2?}, copies included", start.elapsed());
    for (index, output) in description.outputs.iter().enumerate() {
        let bytes = slot.output(index)?;
        match arguments.outputs.get(index) {
            Some(file) => std::fs::write(file, bytes)?,
            None if output.data_type == DataType::FLOAT => {
                let values: Vec<f32> =
                    bytes.as_chunks().0.iter().take(8).map(|bytes| f32::from_le_bytes(*bytes)).collect();
                println!("output {index}: {values:?}...");
            }
            None => println!("output {index}: {:02x?}...", &bytes[..bytes.len().min(16)]),
        }
    }
    Ok(())
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut given = std::env::args_os().skip(1);
    let model =
        given.next().ok_or("usage: run_om MODEL.om [--device N] [--batch N] INPUT... [--output FILE...]")?;
    let mut arguments =
        Arguments { model: model.into(), device: 0, batch: None, inputs: Vec::new(), outputs: Vec::new() };
    let mut outputs = false;
    while let Some(argument) = given.next() {
        let number = |value: Option<std::ffi::OsString>| -> Result<u64, Box<dyn Error>> {
            let value = value.ok_or_else(|| format!("{} needs a number", argument.display()))?;
            Ok(value.to_string_lossy().parse()?)
        };
        match argument.to_str() {
            Some("--device") => arguments.device = number(given.next())?.try_into()?,
            Some("--batch") => arguments.batch = Some(number(given.next())?),
            Some("--output") => outputs = true,
            _ if outputs => arguments.outputs.push(argument.into()),
            _ => arguments.inputs.push(argument.into()),
        }
    }
    Ok(arguments)
}
