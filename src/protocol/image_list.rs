//! The image lists of the official scripts.
//!
//! `image_list_for_lfw.txt` has `Name/Name_0001.bmp label` a line, `image_list_for_blufr.txt` only `Name_0001.jpg`.
//! The LFW script reads the names as they are; the BLUFR script turns `Name_0001.jpg` into `Name/Name_0001.bmp`.

/// A list of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageList {
    /// The images, in the order that row numbers count.
    pub images: Vec<ListedImage>,
}

/// An image of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedImage {
    /// Its name as it is listed.
    pub name: String,
    /// What follows the name: the person, as a number or a word.
    pub label: Option<String>,
}

impl ImageList {
    /// Reads `text`. Names of a list without labels may have blanks; in one with labels the last word is the label.
    ///
    /// # Errors
    /// If there are no images in it.
    #[doc(hidden)]
    pub fn parse(text: &str) -> Result<ImageList, String> {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return Err("there are no images in it".into());
        }
        let is_labelled = lines.iter().all(|line| {
            line.rsplit_once(char::is_whitespace).is_some_and(|(_, label)| !label.contains(['.', '/']))
        });
        let images = lines.into_iter().map(|line| match line.rsplit_once(char::is_whitespace) {
            Some((name, label)) if is_labelled => {
                ListedImage { name: name.trim_end().into(), label: Some(label.into()) }
            }
            _ => ListedImage { name: line.into(), label: None },
        });
        Ok(ImageList { images: images.collect() })
    }

    /// The names as the official BLUFR script opens them: `Name_0001.jpg` becomes `Name/Name_0001.bmp`. Names with a
    /// folder are left alone.
    #[doc(hidden)]
    pub fn official_paths(&self) -> impl Iterator<Item = String> + '_ {
        self.images.iter().map(|image| {
            let stem = image.name.rsplit_once('.').map_or(image.name.as_str(), |(stem, _)| stem);
            match stem.rsplit_once('_') {
                Some((person, _)) if !stem.contains('/') => format!("{person}/{stem}.bmp"),
                _ => image.name.clone(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_and_without_labels() {
        let list = ImageList::parse("A/A_0001.bmp 0\nB/B_0001.bmp 1\n").unwrap();
        assert_eq!(list.images[1], ListedImage { name: "B/B_0001.bmp".into(), label: Some("1".into()) });
        let list = ImageList::parse("A_B_0001.jpg\r\nno label.png\n\n").unwrap();
        assert_eq!(list.images[1], ListedImage { name: "no label.png".into(), label: None });
        assert_eq!(list.official_paths().next().unwrap(), "A_B/A_B_0001.bmp");
        assert!(ImageList::parse(" \n").is_err());
    }
}
